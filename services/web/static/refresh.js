// Every 30 seconds the page's main part is fetched again and swapped in place, so that nothing flickers or jumps.
"use strict";
(() => {
  const EVERY_MS = 30000;
  const opened = (root) => [...root.querySelectorAll("details[open][data-keep]")].map((one) => one.dataset.keep);

  async function refresh() {
    const main = document.querySelector("main");
    if (document.hidden || main.contains(document.activeElement) && document.activeElement !== main) return;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    if (!next) return;
    const open = opened(main);
    next.querySelectorAll("details[data-keep]").forEach((one) => { one.open = open.includes(one.dataset.keep); });
    main.replaceChildren(...next.childNodes);
  }

  setInterval(() => refresh().catch(() => {}), EVERY_MS);
  window.kilowitness = { refresh };
})();
