// The form of the sign-in page.

const form = document.getElementById("form");
const failure = document.getElementById("failure");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  failure.hidden = true;
  const body = JSON.stringify(Object.fromEntries(new FormData(form)));
  try {
    const response = await fetch("/api/enhanced-alerts/sign-in", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (response.ok) {
      location.replace(location.pathname === "/sign-in" ? "/" : location.href);
      return;
    }
    failure.textContent = (await response.json()).detail;
  } catch (error) {
    failure.textContent = `The server cannot be reached · 서버에 연결할 수 없습니다 (${error.message})`;
  }
  failure.hidden = false;
});
