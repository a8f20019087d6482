DROP INDEX address_restrictions_list;
DROP INDEX restrictions_list;
