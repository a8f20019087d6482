//! The tables, as the migrations make them. `tests/it/rules/schema.rs` compares the two.

diesel::table! {
    workspaces (id) {
        id -> Int2,
        slug -> Text,
        name -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    environments (id) {
        id -> Int2,
        workspace_id -> Int2,
        kind -> Text,
    }
}

diesel::table! {
    sources (id) {
        id -> Int4,
        environment_id -> Int2,
        kind -> Text,
        #[sql_name = "ref"]
        ref_ -> Text,
        name -> Text,
    }
}

diesel::table! {
    operators (id) {
        id -> Uuid,
        email -> Text,
        name -> Text,
        password_hash -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    memberships (operator_id, workspace_id) {
        operator_id -> Uuid,
        workspace_id -> Int2,
        role -> Text,
    }
}

diesel::table! {
    sessions (token_hash) {
        token_hash -> Bytea,
        operator_id -> Uuid,
        csrf -> Text,
        created_at -> Timestamptz,
        last_seen_at -> Timestamptz,
    }
}

diesel::table! {
    audit_log (id) {
        id -> Uuid,
        at -> Timestamptz,
        operator_id -> Nullable<Uuid>,
        action -> Text,
        detail -> Jsonb,
    }
}

diesel::table! {
    profiles (environment_id, id) {
        environment_id -> Int2,
        id -> Uuid,
        name -> Text,
        attributes -> Jsonb,
        attribute_meta -> Jsonb,
        tags -> Array<Text>,
        tag_meta -> Jsonb,
        search_text -> Text,
        enabled -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        source_id -> Int4,
        merged_into -> Nullable<Uuid>,
        version -> Int8,
    }
}

diesel::table! {
    profile_activity (environment_id, profile_id) {
        environment_id -> Int2,
        profile_id -> Uuid,
        first_seen_at -> Timestamptz,
        last_seen_at -> Timestamptz,
    }
}

diesel::table! {
    identifier_claims (environment_id, kind, value) {
        environment_id -> Int2,
        kind -> Text,
        value -> Text,
        profile_id -> Uuid,
        claimed_at -> Timestamptz,
    }
}

diesel::table! {
    profile_identifiers (environment_id, profile_id, kind, value) {
        environment_id -> Int2,
        profile_id -> Uuid,
        kind -> Text,
        value -> Text,
        first_seen_at -> Timestamptz,
        last_seen_at -> Timestamptz,
        source_id -> Int4,
    }
}

diesel::table! {
    profile_aliases (environment_id, profile_id, alias_id) {
        environment_id -> Int2,
        profile_id -> Uuid,
        alias_id -> Uuid,
    }
}

diesel::table! {
    addresses (environment_id, profile_id, channel) {
        environment_id -> Int2,
        profile_id -> Uuid,
        channel -> Text,
        address -> Nullable<Text>,
        normalised -> Nullable<Text>,
        health -> Text,
        health_reason -> Nullable<Text>,
        health_since -> Nullable<Timestamptz>,
        stamp -> Jsonb,
    }
}

diesel::table! {
    event_definitions (id) {
        id -> Int4,
        environment_id -> Int2,
        name -> Text,
        is_activity -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    events (environment_id, profile_id, occurred_at, id) {
        environment_id -> Int2,
        profile_id -> Uuid,
        occurred_at -> Timestamptz,
        id -> Uuid,
        definition_id -> Int4,
        received_at -> Timestamptz,
        source_id -> Int4,
        properties -> Jsonb,
    }
}

diesel::table! {
    changes (environment_id, profile_id, recorded_at, id) {
        environment_id -> Int2,
        profile_id -> Uuid,
        recorded_at -> Timestamptz,
        id -> Uuid,
        as_of -> Timestamptz,
        kind -> Text,
        subject -> Text,
        before -> Nullable<Jsonb>,
        after -> Nullable<Jsonb>,
        reason -> Nullable<Text>,
        source_id -> Int4,
        group_id -> Uuid,
    }
}

diesel::table! {
    notes (environment_id, profile_id, id) {
        environment_id -> Int2,
        profile_id -> Uuid,
        id -> Uuid,
        body -> Text,
        pinned -> Bool,
        version -> Int4,
        author_id -> Int4,
        created_at -> Timestamptz,
        editor_id -> Int4,
        edited_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    note_versions (environment_id, profile_id, note_id, version) {
        environment_id -> Int2,
        profile_id -> Uuid,
        note_id -> Uuid,
        version -> Int4,
        body -> Text,
        editor_id -> Int4,
        edited_at -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    addresses,
    audit_log,
    changes,
    environments,
    event_definitions,
    events,
    identifier_claims,
    memberships,
    note_versions,
    notes,
    operators,
    profile_activity,
    profile_aliases,
    profile_identifiers,
    profiles,
    sessions,
    sources,
    workspaces,
);
