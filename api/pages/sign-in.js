// The form of the sign-in page.

const form = document.getElementById("form");
const failure = document.getElementById("failure");
// The page is in both languages, as nobody has chosen one yet; the API's sentences are in English.
const WORDS = {
  401: "The name or the password is wrong. · 이름 또는 비밀번호가 맞지 않습니다.",
  429: "Too many attempts. Wait half a minute and try again. · 시도가 너무 많습니다. 30초 뒤에 다시 시도하세요.",
};

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
    failure.textContent = WORDS[response.status] ?? (await response.json()).detail;
  } catch (error) {
    failure.textContent = `The server cannot be reached · 서버에 연결할 수 없습니다 (${error.message})`;
  }
  failure.hidden = false;
});
