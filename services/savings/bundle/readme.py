"""README.txt of a bundle: what its files are, and how to check them with one command or by hand."""

README = """\
结算单核验包 / A statement and all that it follows from

  manifest.json     各文件的 SHA-256、上一份结算单、出具人公钥 / hashes, the statement before, public key
  signature.json    出具人对 manifest.json 的 Ed25519 签名 / the issuer's signature over manifest.json
  settlement.json   冻结的输入与全部结果 / frozen inputs and all results
  intervals.csv     各表每日(分时计价时另有每小时)的电量与室外温度,及其首末读数
                    each meter's energy, and the outdoor temperature, by day (by hour where prices go by
                    it), with first and last reading
  readings.csv      首末之外仍起作用的读数 / further readings that the figures rest on
  ledger.json       表计台账与人工裁定 / the meters' ledger, and decisions about readings
  calendar.json     所用工作日 / the working days used
  tariff.json       所用电价 / the prices used
  adjustments.json  双方批准的调整(有调整时)/ adjustments that both sides approved, where there are any
  statement.txt     供阅读的文本 / the statement in plain text

一条命令全部核验,离线进行。issuer.pub 请向出具人另行索取,勿取自本包。
Everything with one command, offline. Get issuer.pub from the issuer by another way than this file.

  kilowitness verify FILE.kwb --key issuer.pub [--previous PREVIOUS.kwb]

出具人更换过密钥的,上一份的公钥用 --previous-key;出具人自备日历的,日历文件夹用 --calendar-dir。
Where the issuer has changed keys, give that of the statement before with --previous-key; where the issuer
has a calendar of its own, give the folder of its files with --calendar-dir.

手工核验 / By hand

1. 解压,计算各文件的 SHA-256,与 manifest.json 比较。
   Unzip, and compare the SHA-256 of each file with manifest.json:

     sha256sum *

2. 核对签名与公钥指纹。 Check the signature and the key's fingerprint:

     sed 's/.*"signature":"\\([^"]*\\)".*/\\1/' signature.json | base64 -d > /tmp/signature
     openssl pkeyutl -verify -pubin -inkey issuer.pub -rawin -in manifest.json -sigfile /tmp/signature
     openssl pkey -pubin -in issuer.pub -outform der | sha256sum

3. 核对电量。读数正在零点时,当日电量(measured_kwh 与 estimated_kwh 之和)= (last_value − first_value) × 变比:
   ledger.json 的 ct × pt,already_primary 为 true 时为 1;channels 中另有 scale 或 unit 的,再乘以之。
   不在零点的读数按时间比例切分;读数翻转时加上其满量程;换表日为新旧两表各自之差的和。
   Check the energy. Where readings fall on midnight, that of a day (measured_kwh and estimated_kwh together)
   is (last_value − first_value) times ct × pt of ledger.json, or 1 where already_primary, and times scale
   and unit where channels name them. Other readings are cut at midnight in proportion to time; a register
   that begins anew has its range added; on the day of a replacement the rises of both devices add up.

4. intervals.csv 的电量舍入到 0.001 kWh,即 settlement.json 的日值;各行公式见 statement.txt。
   The energies of intervals.csv, to 0.001 kWh, are the day values of settlement.json; statement.txt has
   the formula of each line.

5. 核对室外温度。intervals.csv 的 mean_c 为当日均值,首末之间的全部采样见 readings.csv;采样值乘以 ledger.json
   中的 scale。相邻两次采样相隔不超过 gap_limit_s 的,其间按直线变化、按时间加权;更长的空缺不计。
   舍入到 0.01 °C 即日值;当日被采样覆盖不足一半的,日值为 null。
   Check the outdoor temperature. mean_c of intervals.csv is the mean of the day; all samples between first
   and last are in readings.csv, to be multiplied by scale of ledger.json. Between two samples at most its
   gap_limit_s apart the value goes straight from one to the other, weighted by time; longer silences do not
   count. To 0.01 °C it is the day value, null where less than half of the day was covered.

6. 灯具清单、灯具实测、停用日与其他影响因素是合同条款,载于 settlement.json 的 contract.measurement;
   这些由双方约定,无须读数。
   Lamp inventories, fixture tests, closures and drivers are terms of the contract, in contract.measurement
   of settlement.json: agreed, they need no reading.

7. 核对调整。每一批准的 content_sha256 是其所批准文字(approvals 之外的全部内容)的 SHA-256;
   文字若有不同,即不相符。
   Check adjustments. content_sha256 of an approval is the SHA-256 of the wording approved, all but its
   approvals; other words do not match:

     python3 -c 'import hashlib, json
     for one in json.load(open("adjustments.json", encoding="utf-8")):
         words = {name: value for name, value in one.items() if name != "approvals"}
         text = json.dumps(words, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
         print(one["code"], hashlib.sha256(text.encode()).hexdigest())'
"""
