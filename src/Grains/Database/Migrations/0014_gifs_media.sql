-- A gif may be made of a media that is still being fetched or read: until then it has neither bytes nor an address.
ALTER TABLE gifs
    ADD COLUMN media_id uuid,
    ADD COLUMN status text NOT NULL DEFAULT 'ready' CHECK (status IN ('processing', 'ready', 'failed')),
    -- Its media turned out to be bytes of which the owner has another gif already.
    ADD COLUMN is_twin boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT gifs_check,
    ADD CONSTRAINT gifs_what CHECK (
        (status = 'ready' AND (url IS NULL) <> (object_key IS NULL)) OR (status <> 'ready' AND url IS NULL AND object_key IS NULL AND media_id IS NOT NULL));
CREATE INDEX gifs_media ON gifs (media_id) WHERE media_id IS NOT NULL;
CREATE INDEX gifs_processing ON gifs (updated_at) WHERE status = 'processing';
DROP INDEX gifs_owner_object;
CREATE UNIQUE INDEX gifs_owner_object ON gifs (owner_id, object_key) WHERE deleted_at IS NULL AND object_key IS NOT NULL AND NOT is_twin;

DROP TRIGGER gifs_card_changed ON gifs;
CREATE TRIGGER gifs_card_changed AFTER UPDATE ON gifs FOR EACH ROW
    WHEN ((OLD.title, OLD.alt_text, OLD.tags, OLD.rating, OLD.deleted_at, OLD.status) IS DISTINCT FROM (NEW.title, NEW.alt_text, NEW.tags, NEW.rating, NEW.deleted_at, NEW.status))
    EXECUTE FUNCTION notify_card_changed('gif');
