// The server writes times in UTC; here is known what time it is where the reader is.

const now = new Date();
const format = (options) => new Intl.DateTimeFormat(document.documentElement.lang, {
  month: "short", day: "numeric", hour: "numeric", minute: "2-digit", ...options,
});
const thisYear = format({});
const before = format({ year: "numeric" });

export function localise(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const date = new Date(time.dateTime);
    const written = date.getFullYear() === now.getFullYear() ? thisYear : before;
    time.textContent = written.format(date);
  }
}

localise(document);
