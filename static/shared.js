// What the share worker has kept, which is forgotten by that.

export async function shared() {
  const cache = await caches.open("shared");
  const files = [];
  for (const request of await cache.keys()) {
    const response = await cache.match(request);
    const content = await response.blob();
    const name = decodeURIComponent(response.headers.get("X-Name"));
    files.push(new File([content], name, { type: content.type }));
  }
  await caches.delete("shared");
  return files;
}
