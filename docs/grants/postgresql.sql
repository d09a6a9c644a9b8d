-- The rights of the agent in PostgreSQL. Run this as a superuser or as the owner of Temporal's tables.
-- Once in the whole server:
CREATE ROLE agent LOGIN PASSWORD 'change-me';
-- In each database of Temporal, such as temporal and temporal_visibility:
GRANT SELECT ON schema_version TO agent;
