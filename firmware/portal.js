for (const p of document.querySelectorAll("#p")) {
  const l = document.createElement("label");
  l.className = "v";
  l.innerHTML = "<input type=checkbox> Hiện mật khẩu <small>Show</small>";
  l.onchange = e => p.type = e.target.checked ? "text" : "password";
  p.after(l);
}
for (const c of document.querySelectorAll("#c")) c.oninput = e => {
  if (e.inputType != "deleteContentBackward") c.value = c.value.toUpperCase()
    .replace(/[^A-Z0-9]/g, "").replace(/^(.{5})/, "$1-").slice(0, 11);
};
