"use strict";
(() => {
  const root = document.getElementById("scaling-try");
  const z = JSON.parse(document.getElementById("scaling-draws").textContent);
  const slider = root.querySelector("input"), shown = root.querySelector("output");
  const sides = [...root.querySelectorAll("[data-side]")];
  const softmax = (products) => {
    const most = Math.max(...products), e = products.map((x) => Math.exp(x - most));
    const sum = e.reduce((a, b) => a + b, 0);
    return e.map((x) => x / sum);
  };
  function show() {
    const d = Number(slider.value);
    shown.textContent = `d_k = ${d.toLocaleString("en")}`;
    slider.setAttribute("aria-valuetext", `d_k = ${d}`);
    for (const side of sides) {
      const p = softmax(side.dataset.side === "scaled" ? z : z.map((x) => x * Math.sqrt(d)));
      const entropy = -p.reduce((sum, x) => sum + (x > 0 ? x * Math.log(x) : 0), 0);
      side.querySelectorAll("rect").forEach((bar, place) => {
        bar.setAttribute("height", (100 * p[place]).toFixed(3));
        bar.setAttribute("y", (100 - 100 * p[place]).toFixed(3));
      });
      side.querySelector("[data-entropy]").textContent = entropy.toFixed(2);
      side.querySelector("[data-largest]").textContent = Math.max(...p).toFixed(3);
    }
  }
  root.hidden = false;
  document.getElementById("scaling-static").hidden = true;
  slider.addEventListener("input", show);
  show();
})();
