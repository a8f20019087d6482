DELETE FROM table_placement WHERE rel IN ('devices', 'subscriptions', 'consents', 'address_subscriptions');
DROP TABLE address_subscriptions;
DROP TABLE consents;
DROP TABLE subscriptions;
DROP TABLE devices;
