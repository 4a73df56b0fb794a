// Before the first paint, so that a dark page does not flash white. The node's own setting follows when it answers.
try {
  const theme = localStorage.getItem("kith-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing shows what the system prefers.
}
