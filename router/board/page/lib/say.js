// Says something to those who listen instead of looking.
export function say(words) {
  const node = document.getElementById("said");
  if (node && node.textContent !== words) node.textContent = words;
}
