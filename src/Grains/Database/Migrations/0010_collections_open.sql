ALTER TABLE collections ADD COLUMN allow_copies boolean NOT NULL DEFAULT true;

-- Is the gif the collection owner's own? Neither of the two ever changes its owner. What is not own is kept of others and shows while its owner
-- has it open, which asks for the gif's own items: a gif that thousands have kept is in few collections of its owner's.
ALTER TABLE collection_items ADD COLUMN is_own boolean NOT NULL DEFAULT true;
UPDATE collection_items i SET is_own = false FROM collections c, gifs g WHERE c.id = i.collection_id AND g.id = i.gif_id AND g.owner_id <> c.owner_id;
CREATE INDEX collection_items_own ON collection_items (gif_id) WHERE is_own;

-- The owner's gif of some bytes or some address, also in the trash: what is added again comes back from there.
-- Not by owner first: an index that finds all gifs of somebody tempts the planner, as long as it does not know how many they are, to begin there.
CREATE INDEX gifs_owner_what ON gifs (md5(owner_id::text || coalesce(object_key, url)));

CREATE INDEX share_links_purge ON share_links (revoked_at) WHERE revoked_at IS NOT NULL;
