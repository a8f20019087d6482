DROP TABLE audit_log;
DROP TABLE sessions;
DROP TABLE memberships;
DROP TABLE operators;
DELETE FROM table_placement WHERE rel IN ('audit_log', 'sessions', 'memberships', 'operators');
