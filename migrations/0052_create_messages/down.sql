DROP TABLE message_steps;
DROP TABLE messages;
DROP TABLE message_template_versions;
DROP TABLE message_templates;
DROP TABLE sending_accounts;
DELETE FROM table_placement WHERE rel IN ('sending_accounts', 'message_templates', 'message_template_versions', 'messages', 'message_steps');
