-- Set with a gif's deletion or return, cleared when every collection and favourites that hold it were told: what a silo that dies in
-- between leaves behind, the sweeper finishes.
ALTER TABLE gifs ADD COLUMN telling_due boolean NOT NULL DEFAULT false;
CREATE INDEX gifs_telling_due ON gifs (id) WHERE telling_due;
