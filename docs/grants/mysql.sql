-- The rights of the agent in MySQL and its relatives. Run this as an administrator.
-- Once in the whole server:
CREATE USER 'agent'@'%' IDENTIFIED BY 'change-me';
-- For each database of Temporal, such as temporal and temporal_visibility:
GRANT SELECT ON `temporal`.schema_version TO 'agent'@'%';
-- The agent sees which tables exist, and reads no row of them. Without this right it cannot know whether a table that
-- a start needs is missing.
GRANT REFERENCES ON `temporal`.* TO 'agent'@'%';
