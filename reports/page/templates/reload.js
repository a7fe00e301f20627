"use strict";
(() => {
  const { version } = document.currentScript.dataset;
  const KEY = "before the reload";
  const folds = () => [...document.querySelectorAll("details")];
  const searches = () => [...document.querySelectorAll('input[type="search"]')];
  // A fold has no name of its own: it is known by what it lies in and its place there.
  const nameOf = (fold) => {
    const home = fold.parentElement.closest("[id]") ?? document.body;
    return `${home.id}/${[...home.querySelectorAll("details")].indexOf(fold)}`;
  };

  function keep() {
    const open = folds().map((fold) => [nameOf(fold), fold.open]);
    const texts = searches().map((field) => field.value);
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ open, texts, top: scrollY }));
    } catch {
      // No room, or not allowed: the page begins anew.
    }
  }

  function restore() {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    sessionStorage.removeItem(KEY);
    if (!kept) return;
    searches().forEach((field, place) => {
      if (!kept.texts[place] || field.value === kept.texts[place]) return;
      field.value = kept.texts[place];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    const open = new Map(kept.open);
    for (const fold of folds()) fold.open = open.get(nameOf(fold)) ?? fold.open;
    scrollTo({ top: kept.top, behavior: "instant" });
  }

  try {
    restore();
  } catch {
    // What was kept cannot be read: the page is as it begins.
  }
  setInterval(async () => {
    try {
      const answer = await fetch("version", { cache: "no-store" });
      if (!answer.ok || (await answer.text()) === version) return;
      keep();
      location.reload();
    } catch {
      // The server has gone; the page stays as it is.
    }
  }, 1000);
})();
