-- A key remembers what was done; a refusal is decided anew.
DELETE FROM idempotency_keys WHERE is_refusal;
ALTER TABLE idempotency_keys DROP COLUMN is_refusal;
