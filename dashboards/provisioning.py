"""What Grafana reads at start: the data source (InfluxDB through InfluxQL) and the folder of dashboards.

Grafana fills `$NAME` from its environment and `$__file{path}` from a file, so that no address and no token
stands here. InfluxDB 2.x answers InfluxQL on `/query` once the bucket has a DBRP mapping of the same name.
"""

from dashboards.panels import DATASOURCE_UID

DASHBOARD_FOLDER = "/opt/kilowitness/dashboards"
TOKEN_FILE = "/run/kilowitness/grafana/token"  # noqa: S105  (where it lies, not what it is)
FOLDER_UID, FOLDER_TITLE = "kilowitness", "Kilowitness"

_DATASOURCE = f"""\
apiVersion: 1
datasources:
  - name: Kilowitness
    uid: {DATASOURCE_UID}
    type: influxdb
    access: proxy
    url: $INFLUXDB_URL
    isDefault: true
    editable: false
    jsonData:
      version: InfluxQL
      dbName: $INFLUXDB_BUCKET
      httpMode: POST
      httpHeaderName1: Authorization
    secureJsonData:
      httpHeaderValue1: Token $__file{{{TOKEN_FILE}}}
"""

_PROVIDER = f"""\
apiVersion: 1
providers:
  - name: Kilowitness
    folder: {FOLDER_TITLE}
    folderUid: {FOLDER_UID}
    type: file
    disableDeletion: true
    allowUiUpdates: false
    updateIntervalSeconds: 60
    options:
      path: {DASHBOARD_FOLDER}
"""

PROVISIONING = {
    "datasources/kilowitness.yaml": _DATASOURCE,
    "dashboards/kilowitness.yaml": _PROVIDER,
}
