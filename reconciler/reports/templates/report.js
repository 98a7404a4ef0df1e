"use strict";
(() => {
  const find = (selector) => document.querySelector(selector);
  const findAll = (selector) => [...document.querySelectorAll(selector)];
  const root = document.documentElement;

  // The theme: what the system wants until the button is pressed.
  const theme = find("#theme");
  const darkSystem = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : darkSystem.matches);
  const nameTheme = () => {
    theme.textContent = isDark() ? "Light theme" : "Dark theme";
  };
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
  });
  darkSystem.addEventListener("change", nameTheme);
  nameTheme();

  addEventListener("beforeprint", () => {
    for (const each of findAll("details")) each.open = true;
  });

  // What stands below is done again when the resources of a live page are replaced.
  const bind = () => {
    const controls = find(".controls");
    if (!controls) return () => {};

    // On a narrow screen the first change comes before the filters.
    if (matchMedia("(max-width: 40rem)").matches) find(".folding").open = false;

    // A plan's items are told apart by impact, those of a status by how they stand.
    const facet = find("input[name=status]") ? "status" : "impact";

    // Each item of the list is one resource, or several that are alike with a member for each.
    const resource = (element) => ({
      element,
      kind: element.dataset.kind,
      labels: element.dataset.labels ? JSON.parse(element.dataset.labels) : [],
    });
    const items = findAll(".change").map((element) => {
      const members = element.dataset.kind
        ? [element]
        : [...element.querySelectorAll(".members > li")];
      return { element, facet: element.dataset[facet], members: members.map(resource) };
    });
    const parts = findAll(".part").map((element) => ({
      element,
      items: items.filter((item) => element.contains(item.element)),
    }));
    const total = items.reduce((sum, item) => sum + item.members.length, 0);
    const search = find("#search");
    const label = find("#label");
    const count = find("#count");
    const none = find("#none");
    const fold = find("#fold");

    const chosen = (name) => new Set(findAll(`input[name=${name}]:checked`).map((box) => box.value));
    const fits = (set, value) => set.size === 0 || set.has(value);

    // Texts are read when something is searched for the first time, for all items at once.
    const readTexts = () => {
      for (const item of items) {
        if (item.text !== undefined) continue;
        if (item.members.length === 1 && item.members[0].element === item.element) {
          item.text = item.element.textContent.toLowerCase();
          item.members[0].text = "";
        } else {
          for (const member of item.members) member.text = member.element.textContent.toLowerCase();
          const summary = item.element.querySelector("summary").textContent;
          const parts = [...item.element.querySelectorAll(".facts, .fields, .whole, .picture")];
          item.text = [summary, ...parts.map((part) => part.textContent)].join(" ").toLowerCase();
        }
      }
    };

    const apply = () => {
      const facets = chosen(facet);
      const kinds = chosen("kind");
      const wanted = label ? label.value : "";
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      if (words.length) readTexts();
      let shown = 0;
      for (const item of items) {
        let some = 0;
        const facetFits = fits(facets, item.facet);
        for (const member of item.members) {
          const so =
            facetFits &&
            fits(kinds, member.kind) &&
            (!wanted || member.labels.includes(wanted)) &&
            words.every((word) => item.text.includes(word) || member.text.includes(word));
          if (member.element !== item.element) member.element.hidden = !so;
          some += so ? 1 : 0;
        }
        item.element.hidden = some === 0;
        shown += some;
      }
      for (const part of parts) part.element.hidden = part.items.every((item) => item.element.hidden);
      none.hidden = shown > 0;
      count.textContent = `${shown.toLocaleString("en")} of ${total.toLocaleString("en")} shown`;
    };

    const nameFold = () => {
      fold.textContent = find(".change details:not([open])") ? "Expand all" : "Collapse all";
    };
    fold.addEventListener("click", () => {
      const open = find(".change details:not([open])") !== null;
      for (const item of items) if (!item.element.hidden) item.element.firstElementChild.open = open;
      nameFold();
    });

    for (const box of findAll(".filters input[type=checkbox]")) {
      box.disabled = false;
      box.addEventListener("change", apply);
    }
    search.addEventListener("input", apply);
    if (label) label.addEventListener("change", apply);
    find(".filters").classList.add("ready");
    controls.hidden = false;
    nameFold();
    apply();
    return apply;
  };

  let apply = bind();
  document.addEventListener("replaced", () => {
    apply = bind();
  });
  document.addEventListener("keydown", (event) => {
    const search = find("#search");
    if (!search) return;
    if (event.key === "Escape" && event.target === search && search.value) {
      search.value = "";
      apply();
    } else if (event.key === "/" && !event.target.closest("input, select")) {
      event.preventDefault();
      search.focus();
    }
  });
})();
