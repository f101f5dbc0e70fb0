CREATE TABLE gifs (
    id           uuid PRIMARY KEY,
    owner_id     uuid NOT NULL REFERENCES users (id),
    provider     text NOT NULL,
    url          text,                              -- linked: the address as normalised at creation
    object_key   text,                              -- uploaded: content-addressed, "<sha256>.<ext>"
    file_name    text,
    width        int NOT NULL,
    height       int NOT NULL,
    size         bigint,
    content_type text,
    title        text,
    alt_text     text,
    tags         text[] NOT NULL DEFAULT '{}',
    rating       text NOT NULL DEFAULT 'g',
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    deleted_at   timestamptz,
    CHECK ((url IS NULL) <> (object_key IS NULL))
);
-- "The same bytes or address by the same user" is the same gif.
CREATE UNIQUE INDEX gifs_owner_url ON gifs (owner_id, md5(url)) WHERE deleted_at IS NULL AND url IS NOT NULL;
CREATE UNIQUE INDEX gifs_owner_object ON gifs (owner_id, object_key) WHERE deleted_at IS NULL AND object_key IS NOT NULL;
-- References to a stored object are these rows; there is no counter that could drift.
CREATE INDEX gifs_object_key ON gifs (object_key) WHERE object_key IS NOT NULL;
CREATE INDEX gifs_owner_trash ON gifs (owner_id, deleted_at DESC, id DESC) WHERE deleted_at IS NOT NULL;
CREATE INDEX gifs_purge ON gifs (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE favorites (
    user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    gif_id     uuid NOT NULL REFERENCES gifs (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, gif_id)
);
CREATE INDEX favorites_newest ON favorites (user_id, created_at DESC, gif_id DESC);
CREATE INDEX favorites_gif ON favorites (gif_id);

-- Cards (a gif's texts, a user's name and avatar) are embedded in pages that other grains hold. Every silo listens
-- and refreshes its pages, well within the 5 seconds that api.md allows.
CREATE FUNCTION notify_card_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('gifshare_cards', TG_ARGV[0] || ':' || NEW.id);
    RETURN NULL;
END $$;

CREATE TRIGGER gifs_card_changed AFTER UPDATE ON gifs FOR EACH ROW
    WHEN ((OLD.title, OLD.alt_text, OLD.tags, OLD.rating, OLD.deleted_at) IS DISTINCT FROM (NEW.title, NEW.alt_text, NEW.tags, NEW.rating, NEW.deleted_at))
    EXECUTE FUNCTION notify_card_changed('gif');

CREATE TRIGGER users_card_changed AFTER UPDATE ON users FOR EACH ROW
    WHEN ((OLD.username, OLD.display_name, OLD.avatar_key, OLD.deleted_at) IS DISTINCT FROM (NEW.username, NEW.display_name, NEW.avatar_key, NEW.deleted_at))
    EXECUTE FUNCTION notify_card_changed('user');
