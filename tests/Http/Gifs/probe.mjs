// Standard input: { "server", "token", "favorites": [ids], "others": [ids] }. Output: what the probe says of them.
import { readFileSync } from "node:fs";
import { fetchFavoritesFilter } from "./favorites-filter.mjs";

const { server, token, favorites, others } = JSON.parse(readFileSync(0, "utf8"));
const filter = await fetchFavoritesFilter(server, token);
const count = (ids) => ids.filter((id) => filter.mayContain(id)).length;
console.log(JSON.stringify({ count: filter.count, found: count(favorites), wrong: count(others) }));
