DROP TABLE webhook_deliveries;
DROP TABLE webhooks;
DELETE FROM table_placement WHERE rel IN ('webhooks', 'webhook_deliveries');
