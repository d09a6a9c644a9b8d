-- The further right that `inspect_schema: true` needs in MySQL. It lets the agent read no row.
GRANT REFERENCES ON `temporal`.* TO 'agent'@'%';
