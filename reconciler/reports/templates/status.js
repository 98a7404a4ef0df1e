(() => {
  const root = document.documentElement;
  let at = document.querySelector("#at");
  let age = document.querySelector("#age");
  const interval = Number(root.dataset.interval || 0);

  // How old the page is: what it shows may no longer be so.
  const units = [["d", 86400], ["h", 3600], ["min", 60]];
  const OLD = Math.max(300, 3 * interval);
  const tell = () => {
    const seconds = (Date.now() - Date.parse(at.dateTime)) / 1000;
    const unit = units.find(([, size]) => seconds >= size);
    age.textContent = unit ? `, ${Math.floor(seconds / unit[1])} ${unit[0]} ago` : "";
    age.classList.toggle("old", seconds >= OLD);
  };
  tell();
  setInterval(tell, 10000);

  const pause = document.querySelector("#pause");
  let paused = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? "Resume updates" : "Pause updates";
    if (!paused) document.dispatchEvent(new Event("resumed"));
  });

  // A page that a watch serves is told of each version, and takes over what is new, with whatever somebody has
  // chosen, typed, unfolded or focused in it left as it is.
  const follow = () => {
    pause.hidden = false;
    let shown = Number(root.dataset.version);
    let wanted = shown;
    let busy = false;
    const keep = () => ({
      boxes: [...document.querySelectorAll(".filters input:checked")].map((box) => [box.name, box.value]),
      search: document.querySelector("#search")?.value || "",
      label: document.querySelector("#label")?.value || "",
      open: [...document.querySelectorAll(".card details[open]")].map((each) => each.parentElement.dataset.address),
      folded: document.querySelector(".folding")?.open,
      id: document.activeElement?.id,
      box: document.activeElement?.matches?.("input[type=checkbox]") && [document.activeElement.name, document.activeElement.value],
      card: document.activeElement?.closest?.(".card")?.dataset.address,
      at: document.activeElement?.selectionStart,
      y: scrollY,
    });
    const card = (address) => document.querySelector(`.card[data-address="${CSS.escape(address)}"]`);
    const box = ([name, value]) => document.querySelector(`.filters input[name="${name}"][value="${CSS.escape(value)}"]`);
    const restore = (kept) => {
      for (const each of kept.boxes) {
        const found = box(each);
        if (found) found.checked = true;
      }
      const search = document.querySelector("#search");
      const label = document.querySelector("#label");
      if (search) search.value = kept.search;
      if (label) label.value = [...label.options].some((each) => each.value === kept.label) ? kept.label : "";
      for (const address of kept.open) card(address)?.querySelector("details").setAttribute("open", "");
      const folding = document.querySelector(".folding");
      document.dispatchEvent(new Event("replaced"));
      if (folding && kept.folded !== undefined) folding.open = kept.folded;
      const focus = kept.card ? card(kept.card)?.querySelector("summary") : kept.box ? box(kept.box) : kept.id ? document.getElementById(kept.id) : null;
      if (focus && focus !== document.activeElement) {
        focus.focus({ preventScroll: true });
        if (focus.id === "search" && kept.at !== undefined) focus.setSelectionRange(kept.at, kept.at);
      }
      scrollTo(scrollX, kept.y);
    };
    const replace = (text) => {
      const page = new DOMParser().parseFromString(text, "text/html");
      const kept = keep();
      document.querySelector("main").replaceWith(page.querySelector("main"));
      for (const name of [".said", "header .small"]) {
        document.querySelector(name).replaceWith(page.querySelector(name));
      }
      document.title = page.title;
      shown = Number(page.documentElement.dataset.version);
      root.dataset.version = shown;
      at = document.querySelector("#at");
      age = document.querySelector("#age");
      tell();
      restore(kept);
    };
    const update = async () => {
      if (busy || paused || wanted === shown) return;
      busy = true;
      try {
        const answer = await fetch(location.pathname, { cache: "no-store" });
        if (answer.ok) replace(await answer.text());
      } catch {
        age.classList.add("lost");
      } finally {
        busy = false;
      }
      if (wanted > shown) setTimeout(update, 1000);
    };
    document.addEventListener("resumed", update);
    const source = new EventSource("events");
    source.addEventListener("shown", (event) => {
      const told = JSON.parse(event.data);
      wanted = told.version;
      age.classList.remove("lost");
      if (wanted === shown && told.at) {
        at.dateTime = told.at;
        at.textContent = told.at;
        tell();
      }
      update();
    });
    source.addEventListener("error", () => {
      age.textContent = ", the watch does not answer";
      age.classList.add("lost");
    });
  };
  if (root.dataset.version) {
    follow();
    return;
  }
  if (!interval) return;

  // A page that is written anew is loaded anew, unless somebody is at work in it.
  pause.hidden = false;
  const inUse = () =>
    document.querySelector("#search")?.value ||
    document.querySelector("#label")?.value ||
    document.querySelector(".filters input:checked, .card details[open]");
  setInterval(() => {
    if (!paused && !inUse()) location.reload();
  }, interval * 1000);
})();
