// What a JPEG, HEIC or AVIF tells beside its pixels (Exif 2.32): whether the place is in it, and the
// camera.

const MAKE = 0x010f;
const MODEL = 0x0110;
const GPS = 0x8825;
const EXIF = 0x45786966;
const FTYP = 0x66747970;
const TIFF = [0x4d4d002a, 0x49492a00]; // in both orders of bytes

export async function tells(file) {
  try {
    const start = new DataView(await file.slice(0, 128 * 1024).arrayBuffer());
    if (start.getUint32(4) !== FTYP) return read(start);
    return search(new DataView(await file.arrayBuffer()));
  } catch {
    return {}; // cut off or damaged: it tells nothing
  }
}

function read(view) {
  if (view.getUint16(0) !== 0xffd8) return {};
  let at = 2;
  while (view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xda) break; // the pixels begin
    if (marker === 0xe1 && view.getUint32(at + 4) === EXIF) return directory(view, at + 10);
    at += 2 + view.getUint16(at + 2);
  }
  return {};
}

// HEIC and AVIF may keep it anywhere.
function search(view) {
  for (let at = 0; at < view.byteLength - 10; at += 1) {
    if (view.getUint32(at) === EXIF && TIFF.includes(view.getUint32(at + 6))) return directory(view, at + 6);
  }
  return {};
}

function directory(view, start) {
  const little = view.getUint16(start) === 0x4949;
  const first = start + view.getUint32(start + 4, little);
  const told = {};
  const camera = {};
  for (let entry = 0; entry < view.getUint16(first, little); entry += 1) {
    const at = first + 2 + 12 * entry;
    const tag = view.getUint16(at, little);
    if (tag === GPS) told.place = true;
    if (tag === MAKE || tag === MODEL) camera[tag] = text(view, start, at, little);
  }
  told.camera = cameraName(camera[MAKE] ?? "", camera[MODEL] ?? "");
  return told;
}

// Many models begin with their maker: "Canon" and "Canon EOS 10D", "NIKON CORPORATION" and "NIKON D70".
function cameraName(make, model) {
  const [maker] = make.toLowerCase().split(" ");
  return model.toLowerCase().startsWith(maker) ? model : `${make} ${model}`.trim();
}

function text(view, start, at, little) {
  const length = view.getUint32(at + 4, little);
  const from = length > 4 ? start + view.getUint32(at + 8, little) : at + 8;
  let found = "";
  for (let index = from; index < from + length - 1; index += 1) {
    found += String.fromCharCode(view.getUint8(index));
  }
  return found.trim();
}
