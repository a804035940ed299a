// `node hot-shots.js FOLDER CODE`: a program that sends by DogStatsD. CODE is what the document tells a reader to write; it
// makes `client`. The file `free` is set by the test, and `count` numbers the members of the set `users`.
const fs = require("node:fs");
const path = require("node:path");

const [folder, code] = process.argv.slice(2);
// biome-ignore lint/security/noGlobalEval: the document's code is what is tested.
const client = new Function("require", `${code}\nreturn client;`)(require);
const [count, free] = ["count", "free"].map((name) => path.join(folder, name));

let number = fs.existsSync(count) ? Number(fs.readFileSync(count, "utf8")) : 0;
const timer = setInterval(() => {
  number += 1;
  client.set("users", String(number));
  client.gauge("free", Number(fs.readFileSync(free, "utf8")));
  client.histogram("pay", 0.2);
  fs.writeFileSync(`${count}.new`, String(number));
  fs.renameSync(`${count}.new`, count);
}, 50);
process.on("SIGTERM", () => {
  clearInterval(timer);
  client.check("db", client.CHECKS.CRITICAL);
  client.event("Deploy failed", "결제 서버", { alert_type: "error" });
  client.close(() => process.exit(0));
});
