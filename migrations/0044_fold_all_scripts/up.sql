-- Chinese, Japanese and Korean words have one to three characters and stand in names without blanks; a trigram index has nothing that
-- short. Of such texts each character and each pair of neighbours is indexed, as if blanks between them were not there.
CREATE FUNCTION is_east_asian(words text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT words ~ '[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]';
$$;
CREATE FUNCTION east_asian_grams(words text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT gram), '{}') FROM
        regexp_matches(regexp_replace(words,
            '([\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]) +(?=[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff])', '\1', 'g'),
            '[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]+', 'g') AS run (letters)
        CROSS JOIN LATERAL generate_series(1, length(letters[1])) AS place
        CROSS JOIN LATERAL (VALUES (substr(letters[1], place, 1)), (substr(letters[1], place, 2))) AS of_place (gram);
$$;
CREATE INDEX profiles_east_asian_idx ON profiles USING gin (east_asian_grams(search_text)) WHERE is_east_asian(search_text);

-- The rule by which all words that are searched are folded, and how far a newer rule has come.
CREATE TABLE search_folds (
    id             smallint PRIMARY KEY CONSTRAINT search_folds_one CHECK (id = 1),
    rule           smallint NOT NULL,
    environment_id smallint,
    profile_id     uuid
);
SELECT place_table('search_folds', 'reference');
INSERT INTO search_folds (id, rule) VALUES (1, 1);
