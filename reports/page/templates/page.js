"use strict";
(() => {
  const form = document.getElementById("filters");
  const claims = [...document.querySelectorAll("#claims .claim")];  // one's own are never filtered
  const output = form.querySelector("output");
  const names = ["paper", "place", "verdict", "standing", "scale", "text"];
  let wasChosen = false;  // places open with the first filter, and close with the last
  const texts = new Map();
  const textOf = (claim) => {
    if (!texts.has(claim)) texts.set(claim, claim.textContent.toLowerCase().normalize());
    return texts.get(claim);
  };

  const wanted = () => Object.fromEntries(names.map((name) => [name, form.elements[name].value]));

  function fits(claim, want) {
    const has = claim.dataset;
    if (want.paper && has.paper !== want.paper) return false;
    if (want.place && has.place !== want.place) return false;
    if (want.verdict && has.verdict !== want.verdict) return false;
    if (want.standing && has.standing !== want.standing) return false;
    if (want.scale && !has.scales.split(" ").includes(want.scale)) return false;
    return want.text.toLowerCase().normalize().split(/\s+/).every((word) => textOf(claim).includes(word));
  }

  function apply() {
    const want = wanted();
    let shown = 0;
    for (const claim of claims) {
      claim.hidden = !fits(claim, want);
      if (!claim.hidden) shown += 1;
    }
    for (const group of document.querySelectorAll("#claims .place, #claims .paper")) group.hidden = !group.querySelector(".claim:not([hidden])");
    const chosen = Object.values(want).some(Boolean);
    if (chosen || wasChosen) for (const fold of document.querySelectorAll("#claims .place > details")) fold.open = chosen;
    wasChosen = chosen;
    document.getElementById("none-shown").hidden = shown > 0;
    output.textContent = output.dataset.text.replace("{shown}", shown).replace("{all}", claims.length);
  }

  // The state of the filters is the part of the address after #, which a reader can keep or send.
  function remember() {
    const state = new URLSearchParams(Object.entries(wanted()).filter(([, value]) => value));
    history.replaceState(null, "", `#${String(state) || "claims"}`);
  }

  function restore(query) {
    const state = new URLSearchParams(query);
    for (const name of names) {
      const field = form.elements[name];
      field.value = state.get(name) ?? "";
      if (field.value !== (state.get(name) ?? "")) field.value = "";
    }
    apply();
  }

  function follow() {
    const hash = location.hash.slice(1);
    if (hash.includes("=")) {
      restore(hash);
      document.getElementById("claims").scrollIntoView();
      return;
    }
    const target = hash && document.getElementById(hash);
    if (!target) return;
    if (target.hidden || target.closest("[hidden]")) restore("");
    const own = target.matches(".claim") ? "details" : ":scope > details.fold";
    for (const fold of [...target.querySelectorAll(own)].slice(0, 1)) fold.open = true;
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    target.scrollIntoView();
  }

  form.addEventListener("input", () => { apply(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }));
  window.addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => {  // the same address again changes no hash
    const link = event.target.closest('a[href^="#"]:not([data-filter])');
    if (link && link.hash === location.hash) setTimeout(follow);
  });

  // One field for the whole page: claims are filtered, and sections with all words are named.
  const find = document.getElementById("find");
  find.addEventListener("submit", (event) => { event.preventDefault(); document.getElementById("claims").scrollIntoView(); });
  find.addEventListener("input", () => {
    const text = find.elements.text.value.trim();
    const words = text.toLowerCase().normalize().split(/\s+/);
    const named = [...document.querySelectorAll("main > section.figures")].filter((each) => text && words.every((word) => textOf(each).includes(word)));
    restore(text ? String(new URLSearchParams({ text })) : "");
    const said = find.querySelector("output");
    said.textContent = said.dataset.text.replace("{claims}", claims.filter((each) => !each.hidden).length).replace("{sections}", named.length);
    find.querySelector("ul").replaceChildren(...[["claims", document.querySelector("#claims h2").textContent], ...named.map((each) => [each.id, each.querySelector("h2").textContent])].map(([id, title]) => {
      const item = document.createElement("li"), link = document.createElement("a");
      link.href = id === "claims" ? `#${new URLSearchParams({ text })}` : `#${id}`;
      link.textContent = title;
      item.append(link);
      return item;
    }));
    said.hidden = find.querySelector("ul").hidden = !text;
  });
  for (const link of document.querySelectorAll("[data-filter]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;  // the reader wants it in another tab
      event.preventDefault();
      restore(link.dataset.filter);
      remember();
      document.getElementById("claims").scrollIntoView();
      form.elements.verdict.focus({ preventScroll: true });
    });
  }

  const all = document.getElementById("open-all");
  const openText = all.textContent;
  all.addEventListener("click", () => {
    const open = all.textContent === openText;
    for (const fold of document.querySelectorAll("#claims .place:not([hidden]) > details")) fold.open = open;
    for (const claim of claims) if (!claim.hidden) claim.querySelector("details").open = open;
    all.textContent = open ? all.dataset.close : openText;
  });

  for (const button of document.querySelectorAll(".copy")) {
    const said = button.textContent;
    button.addEventListener("click", async () => {
      const code = button.previousElementSibling;
      try {
        await navigator.clipboard.writeText(code.textContent);
      } catch {
        getSelection().selectAllChildren(code);  // the reader can still copy what is selected
        if (!document.execCommand("copy")) return;
      }
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.textContent = said; }, 1500);
    });
  }

  // On paper everything is open; what was closed is closed again afterwards.
  let closed = [];
  window.addEventListener("beforeprint", () => {
    // Heat maps are a choice of one: opening them all would close all but the last.
    closed = [...document.querySelectorAll("details:not([open])")].filter((each) => !each.closest(".heat"));
    for (const each of closed) each.open = true;
  });
  window.addEventListener("afterprint", () => { for (const each of closed) each.open = false; });

  if (matchMedia("(max-width: 79.99rem)").matches) document.querySelector(".contents details").open = false;
  apply();
  follow();
})();
