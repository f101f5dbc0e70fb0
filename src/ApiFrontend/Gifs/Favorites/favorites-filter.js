// The client side of GET /v1/favorites/filter (docs/api.md): used by our pages, run by a test, free to copy for other web clients.
// Plain arithmetic without Web Crypto, so it works on http too.
//
//   const filter = await fetchFavoritesFilter("https://gifs.example.org", accessToken);
//   filter.mayContain("0197…-…")   // false: not a favourite. true: a favourite, or a false positive (at most 1 in 100).
//
// Cache the filter and send its ETag as If-None-Match; 304 means that nothing has changed.

export class FavoritesFilter {
  constructor(bytes, bits, hashes, count, etag) {
    Object.assign(this, { bytes, bits, hashes, count, etag });
  }

  mayContain(gifId) {
    const id = idBytes(gifId);
    const h1 = murmur3(id, 0);
    const h2 = murmur3(id, 0x9747b28c);
    for (let i = 0, h = h1; i < this.hashes; i++, h = (h + h2) >>> 0) {
      const bit = h % this.bits;
      if ((this.bytes[bit >>> 3] & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }
}

export async function fetchFavoritesFilter(server, accessToken) {
  return readFavoritesFilter(await fetch(`${server}/v1/favorites/filter`, { headers: { Authorization: `Bearer ${accessToken}` } }));
}

// Parses the response of GET /v1/favorites/filter.
export async function readFavoritesFilter(answer) {
  if (!answer.ok) throw new Error(`favorites/filter: ${answer.status}`);
  const number = (name) => Number(answer.headers.get(name));
  return new FavoritesFilter(
    new Uint8Array(await answer.arrayBuffer()),
    number("Bloom-Bits"), number("Bloom-Hashes"), number("Bloom-Count"), answer.headers.get("ETag"));
}

// The 16 bytes of a UUID in the order in which its text shows them.
function idBytes(gifId) {
  return Uint8Array.from(gifId.replaceAll("-", "").match(/../g), (pair) => parseInt(pair, 16));
}

// MurmurHash3 x86_32; the length of an id is a multiple of 4, so there is no tail.
function murmur3(bytes, seed) {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let hash = seed;
  for (let at = 0; at < bytes.length; at += 4) {
    let word = Math.imul(words.getUint32(at, true), 0xcc9e2d51);
    word = Math.imul((word << 15) | (word >>> 17), 0x1b873593);
    hash ^= word;
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
