// nodemailer.cjs MODULE FILE: sends what the file tells, prints the measure as JSON.
const { readFileSync } = require("node:fs");
const [, , place, file] = process.argv;
const nodemailer = require(place);
const told = JSON.parse(readFileSync(file, "utf8"));
const filled = (text, values) => text.replace(/\{\{ (\w+) \}\}/g, (_, name) => values[name]);

const pool = nodemailer.createTransport({
  host: "127.0.0.1", port: told.port, secure: false, ignoreTLS: true, name: "localhost",
  pool: true, maxConnections: told.connections, maxMessages: Infinity,
});
const total = told.people.length;
let next = 0, sent = 0;
const begin = process.hrtime.bigint(), spent = process.cpuUsage();

const finished = (error) => {
  if (error) { console.error(String(error)); process.exit(1); }
  if (++sent < total) return;
  const cpu = process.cpuUsage(spent);
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  pool.close();
  const measure = { messages: total, seconds, cpu: (cpu.user + cpu.system) / 1e6 };
  console.log(JSON.stringify(measure));
};
pool.on("idle", () => {
  while (pool.isIdle() && next < total) {
    const values = told.people[next++];
    pool.sendMail({
      from: told.sender, to: values.email, subject: filled(told.subject, values),
      text: filled(told.text, values), html: filled(told.html, values),
    }, finished);
  }
});
