(() => {
  const root = document.documentElement;
  const at = document.querySelector("#at");
  const age = document.querySelector("#age");
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
  if (!interval) return;

  // A page that is written anew is loaded anew, unless somebody is at work in it.
  const pause = document.querySelector("#pause");
  let paused = false;
  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? "Resume updates" : "Pause updates";
  });
  const inUse = () =>
    document.querySelector("#search")?.value ||
    document.querySelector("#label")?.value ||
    document.querySelector(".filters input:checked, .card details[open]");
  setInterval(() => {
    if (!paused && !inUse()) location.reload();
  }, interval * 1000);
})();
