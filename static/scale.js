// A smaller copy of a picture, made by the browser.

const SCALED_SIDE = 1024; // pixels; models read 224

// A JPEG of at most SCALED_SIDE pixels a side; animations stay as they are, and so do pictures of few
// pixels, unless they have too many bytes.
export async function scaled(file, isTooLarge) {
  if (file.type === "image/gif") return file;
  try {
    const picture = await createImageBitmap(file);
    const factor = Math.min(1, SCALED_SIDE / Math.max(picture.width, picture.height));
    if (factor === 1 && !isTooLarge) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * factor));
    canvas.height = Math.max(1, Math.round(picture.height * factor));
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.92); });
    return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
  } catch {
    return file; // the server says what is wrong with it
  }
}
