// Keeps what another app shares until the classify page takes it; see static/shared.js.

addEventListener("install", () => skipWaiting());

addEventListener("fetch", (event) => {
  if (event.request.method === "POST") event.respondWith(keep(event.request));
});

async function keep(request) {
  const files = (await request.formData()).getAll("file");
  const cache = await caches.open("shared");
  await Promise.all(files.map((file, index) => {
    const headers = { "Content-Type": file.type, "X-Name": encodeURIComponent(file.name) };
    return cache.put(`/share/${Date.now()}-${index}`, new Response(file, { headers }));
  }));
  return Response.redirect("{% url 'classify' %}", 303);
}
