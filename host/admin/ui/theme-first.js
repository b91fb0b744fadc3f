/** Sets the chosen theme before anything is drawn, so that nothing flashes; a plain script for that reason. */
const kept = window.localStorage.getItem("hookbox-theme");
if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
