// The server writes times in UTC; here is known what time it is where the reader is.

const written = new Intl.DateTimeFormat(document.documentElement.lang, {
  dateStyle: "medium", timeStyle: "short",
});

export function localise(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    time.textContent = written.format(new Date(time.dateTime));
  }
}

localise(document);
