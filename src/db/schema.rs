//! The tables, as the migrations create them; `tests/it/rules/schema.rs` compares both.

diesel::table! {
    workspaces (id) {
        id -> Int2,
        slug -> Text,
        name -> Text,
        created_at -> Timestamptz,
        settings -> Jsonb,
        accent -> Text,
        group_id -> Nullable<Int2>,
    }
}

diesel::table! {
    workspace_groups (id) {
        id -> Int2,
        name -> Text,
        matched_by -> Text,
        created_at -> Timestamptz,
        shared_at -> Nullable<Timestamptz>,
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
        zone -> Nullable<Text>,
        signed_in_at -> Nullable<Timestamptz>,
        is_organisation_admin -> Bool,
        last_workspace_id -> Nullable<Int2>,
    }
}

diesel::table! {
    memberships (operator_id, workspace_id) {
        operator_id -> Uuid,
        workspace_id -> Int2,
        role -> Text,
        disabled_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    invitations (id) {
        id -> Uuid,
        workspace_id -> Int2,
        email -> Text,
        name -> Text,
        role -> Text,
        token_hash -> Bytea,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    search_folds (id) {
        id -> Int2,
        rule -> Int2,
        environment_id -> Nullable<Int2>,
        profile_id -> Nullable<Uuid>,
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
        address -> Nullable<Text>,
        is_refusal -> Bool,
        workspace_id -> Nullable<Int2>,
    }
}

diesel::table! {
    signing_keys (purpose) {
        purpose -> Text,
        secret -> Bytea,
        created_at -> Timestamptz,
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
        joined_at -> Nullable<Timestamptz>,
        attribute_terms -> Array<Int8>,
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
        not_before -> Nullable<Timestamptz>,
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
        retired_at -> Nullable<Timestamptz>,
        joined_at -> Nullable<Timestamptz>,
        leads -> Bool,
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
        kind -> Text,
        display_name -> Text,
        description -> Text,
        icon -> Text,
        shown -> Array<Text>,
        summary -> Array<Text>,
        is_message -> Bool,
        revenue -> Nullable<Text>,
        keep_days -> Nullable<Int4>,
        lookup_keys -> Array<Text>,
    }
}

diesel::table! {
    event_key_fills (definition_id) {
        definition_id -> Int4,
        due_at -> Timestamptz,
        again_at -> Nullable<Timestamptz>,
        reached_at -> Nullable<Timestamptz>,
        reached_profile -> Nullable<Uuid>,
    }
}

diesel::table! {
    event_keys (environment_id, profile_id, occurred_at, event_id, property) {
        environment_id -> Int2,
        profile_id -> Uuid,
        occurred_at -> Timestamptz,
        event_id -> Uuid,
        property -> Text,
        value -> Text,
        definition_id -> Int4,
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
        context -> Nullable<Jsonb>,
        via -> Nullable<Uuid>,
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
        refused -> Nullable<Jsonb>,
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

diesel::table! {
    event_receipts (environment_id, id) {
        environment_id -> Int2,
        id -> Uuid,
        received_at -> Timestamptz,
    }
}

diesel::table! {
    devices (environment_id, profile_id, token_hash) {
        environment_id -> Int2,
        profile_id -> Uuid,
        token -> Text,
        is_removed -> Bool,
        #[sql_name = "type"]
        type_ -> Text,
        platform -> Nullable<Text>,
        model -> Nullable<Text>,
        os_version -> Nullable<Text>,
        is_active -> Bool,
        limits_ad_tracking -> Nullable<Bool>,
        att_status -> Nullable<Text>,
        first_seen_at -> Timestamptz,
        last_seen_at -> Timestamptz,
        stamp -> Jsonb,
        token_hash -> Bytea,
    }
}

diesel::table! {
    subscriptions (environment_id, profile_id, channel, topic) {
        environment_id -> Int2,
        profile_id -> Uuid,
        channel -> Text,
        topic -> Text,
        state -> Text,
        reason -> Text,
        stamp -> Jsonb,
        statements -> Nullable<Jsonb>,
    }
}

diesel::table! {
    consents (environment_id, profile_id, purpose) {
        environment_id -> Int2,
        profile_id -> Uuid,
        purpose -> Text,
        given -> Bool,
        document -> Nullable<Text>,
        location -> Nullable<Text>,
        hardware_id -> Nullable<Text>,
        stamp -> Jsonb,
        statements -> Nullable<Jsonb>,
    }
}

diesel::table! {
    confirmations (environment_id, profile_id, subject) {
        environment_id -> Int2,
        profile_id -> Uuid,
        subject -> Text,
        value -> Jsonb,
        stamp -> Jsonb,
    }
}

diesel::table! {
    confirmation_requests (environment_id, profile_id, id) {
        environment_id -> Int2,
        profile_id -> Uuid,
        id -> Uuid,
        address -> Text,
        said_at -> Timestamptz,
        wanted_at -> Timestamptz,
        due_at -> Timestamptz,
        status -> Text,
        source_id -> Nullable<Int4>,
        asked_at -> Nullable<Timestamptz>,
        message_id -> Nullable<Uuid>,
        why -> Nullable<Text>,
    }
}

diesel::table! {
    address_subscriptions (environment_id, address_channel, address, channel, topic, strictness, may_loosen) {
        environment_id -> Int2,
        address_channel -> Text,
        address -> Text,
        channel -> Text,
        topic -> Text,
        state -> Text,
        reason -> Text,
        stamp -> Jsonb,
        strictness -> Int8,
        may_loosen -> Bool,
    }
}

diesel::table! {
    restrictions (environment_id, profile_id, kind, channel, address_channel, address) {
        environment_id -> Int2,
        profile_id -> Uuid,
        kind -> Text,
        channel -> Text,
        address_channel -> Text,
        address -> Text,
        cause -> Nullable<Text>,
        until -> Nullable<Timestamptz>,
        words -> Nullable<Text>,
        stamp -> Jsonb,
        statements -> Nullable<Jsonb>,
    }
}

diesel::table! {
    address_restrictions (environment_id, address_channel, address, kind, channel, strictness, may_loosen) {
        environment_id -> Int2,
        address_channel -> Text,
        address -> Text,
        kind -> Text,
        channel -> Text,
        cause -> Nullable<Text>,
        until -> Nullable<Timestamptz>,
        words -> Nullable<Text>,
        stamp -> Jsonb,
        strictness -> Int8,
        may_loosen -> Bool,
    }
}

diesel::table! {
    merges (environment_id, profile_id, id) {
        environment_id -> Int2,
        profile_id -> Uuid,
        id -> Uuid,
        merged_id -> Uuid,
        merged_at -> Timestamptz,
        source_id -> Int4,
        taken -> Jsonb,
        identifiers -> Jsonb,
        undone_at -> Nullable<Timestamptz>,
        undone_by -> Nullable<Int4>,
        said_at -> Timestamptz,
        said_index -> Int4,
        leads -> Bool,
    }
}

diesel::table! {
    shared_addresses (environment_id, channel, address) {
        environment_id -> Int2,
        channel -> Text,
        address -> Text,
        first_at -> Timestamptz,
        last_at -> Timestamptz,
    }
}

diesel::table! {
    merge_suggestions (environment_id, profile_id, other_id) {
        environment_id -> Int2,
        profile_id -> Uuid,
        other_id -> Uuid,
        kind -> Text,
        value -> Text,
        source_id -> Int4,
        first_at -> Timestamptz,
        last_at -> Timestamptz,
        dismissed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Uuid,
        environment_id -> Int2,
        source_id -> Int4,
        name -> Text,
        kind -> Text,
        secret_hash -> Bytea,
        prefix -> Text,
        formats -> Array<Text>,
        capabilities -> Array<Text>,
        origins -> Array<Text>,
        per_minute -> Int4,
        created_at -> Timestamptz,
        created_by -> Nullable<Uuid>,
        last_used_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
        may_overwrite -> Text,
    }
}

diesel::table! {
    erasures (environment_id, digest) {
        environment_id -> Int2,
        digest -> Bytea,
        erased_at -> Timestamptz,
        is_blocked -> Bool,
    }
}

diesel::table! {
    settling (environment_id, profile_id) {
        environment_id -> Int2,
        profile_id -> Uuid,
        survivor_id -> Nullable<Uuid>,
        since -> Timestamptz,
    }
}

diesel::table! {
    rejections (environment_id, received_at, id) {
        environment_id -> Int2,
        received_at -> Timestamptz,
        id -> Uuid,
        key_id -> Uuid,
        format -> Text,
        kind -> Text,
        code -> Text,
        field -> Text,
        message -> Text,
        item -> Jsonb,
        index -> Int4,
        rest_kept -> Bool,
    }
}

diesel::table! {
    idempotent_calls (key_id, name) {
        key_id -> Uuid,
        name -> Text,
        digest -> Bytea,
        received_at -> Timestamptz,
        status -> Nullable<Int2>,
        body -> Nullable<Text>,
        profile_id -> Nullable<Uuid>,
        etag -> Nullable<Text>,
    }
}

diesel::table! {
    attribute_definitions (environment_id, name) {
        environment_id -> Int2,
        name -> Text,
        display_name -> Text,
        description -> Text,
        #[sql_name = "type"]
        type_ -> Text,
        is_typed -> Bool,
        origin -> Text,
        in_table -> Bool,
        is_indexed -> Bool,
        is_sensitive -> Bool,
        place -> Nullable<Int4>,
        created_at -> Timestamptz,
        retired_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    tag_definitions (environment_id, name) {
        environment_id -> Int2,
        name -> Text,
        colour -> Text,
        description -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    bulk_changes (environment_id, id) {
        environment_id -> Int2,
        id -> Uuid,
        change -> Jsonb,
        reason -> Text,
        created_at -> Timestamptz,
        people -> Int8,
        already -> Int8,
        kept -> Int8,
    }
}

diesel::table! {
    bulk_targets (environment_id, bulk_id, profile_id) {
        environment_id -> Int2,
        bulk_id -> Uuid,
        profile_id -> Uuid,
        version -> Int8,
        result -> Nullable<Text>,
    }
}

diesel::table! {
    jobs (environment_id, id) {
        environment_id -> Int2,
        id -> Uuid,
        task -> Jsonb,
        title -> Text,
        source_id -> Int4,
        created_at -> Timestamptz,
        reached -> Nullable<Uuid>,
        looked_at -> Int8,
        changed -> Int8,
        refused -> Int8,
        held_until -> Nullable<Timestamptz>,
        finished_at -> Nullable<Timestamptz>,
        failure -> Nullable<Text>,
        held_by -> Nullable<Int4>,
    }
}

diesel::table! {
    import_choices (environment_id, name) {
        environment_id -> Int2,
        name -> Text,
        choices -> Jsonb,
    }
}

diesel::table! {
    imports (environment_id, id) {
        environment_id -> Int2,
        id -> Uuid,
        file_name -> Text,
        size -> Int8,
        fingerprint -> Text,
        operator_id -> Nullable<Uuid>,
        by_name -> Text,
        choices -> Jsonb,
        understood -> Text,
        meanings -> Jsonb,
        stage -> Text,
        reached -> Jsonb,
        read_bytes -> Int8,
        failure -> Nullable<Text>,
        created_at -> Timestamptz,
        began_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
        undone_by -> Nullable<Uuid>,
        held_by -> Nullable<Int4>,
    }
}

diesel::table! {
    topic_sections (workspace_id, id) {
        workspace_id -> Int2,
        id -> Int4,
        name -> Text,
        place -> Int4,
    }
}

diesel::table! {
    topics (workspace_id, id) {
        workspace_id -> Int2,
        id -> Int4,
        key -> Text,
        name -> Text,
        description -> Text,
        section_id -> Nullable<Int4>,
        place -> Int4,
        defaults -> Jsonb,
        is_sale -> Bool,
        purposes -> Array<Text>,
        created_at -> Timestamptz,
        retired_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    purposes (workspace_id, id) {
        workspace_id -> Int2,
        id -> Int4,
        key -> Text,
        name -> Text,
        description -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    channel_rules (workspace_id, channel) {
        workspace_id -> Int2,
        channel -> Text,
        asks_first -> Bool,
        purposes -> Array<Text>,
        confirms -> Bool,
        most_confirmations -> Int2,
        confirms_since -> Nullable<Timestamptz>,
        confirmation_template -> Nullable<Uuid>,
    }
}

diesel::table! {
    revoked_links (environment_id, profile_id) {
        environment_id -> Int2,
        profile_id -> Uuid,
        until -> Timestamptz,
    }
}

diesel::table! {
    data_requests (environment_id, profile_id, kind, asked_at) {
        environment_id -> Int2,
        profile_id -> Uuid,
        kind -> Text,
        asked_at -> Timestamptz,
        answered_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    views (workspace_id, id) {
        workspace_id -> Int2,
        id -> Uuid,
        owner_id -> Nullable<Uuid>,
        name -> Text,
        typed -> Text,
        sort -> Text,
        shown -> Nullable<Text>,
        density -> Text,
        version -> Int4,
    }
}

diesel::table! {
    default_views (workspace_id, operator_id) {
        workspace_id -> Int2,
        operator_id -> Uuid,
        view_id -> Uuid,
    }
}

diesel::table! {
    segments (environment_id, id) {
        environment_id -> Int2,
        id -> Uuid,
        kind -> Text,
        name -> Text,
        description -> Text,
        folder -> Text,
        tags -> Array<Text>,
        owner_id -> Nullable<Uuid>,
        definition -> Nullable<Jsonb>,
        on_profiles -> Bool,
        version -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        archived_at -> Nullable<Timestamptz>,
        size -> Nullable<Int8>,
        counted_at -> Nullable<Timestamptz>,
        took_ms -> Nullable<Int4>,
        meaning -> Nullable<Text>,
        followed_until -> Nullable<Timestamptz>,
        broken -> Nullable<Text>,
        wants_count -> Bool,
        count_after -> Nullable<Int8>,
        counting_since -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    segment_versions (environment_id, segment_id, version) {
        environment_id -> Int2,
        segment_id -> Uuid,
        version -> Int4,
        name -> Text,
        definition -> Nullable<Jsonb>,
        saved_at -> Timestamptz,
        operator_id -> Nullable<Uuid>,
        size_before -> Nullable<Int8>,
        size_after -> Nullable<Int8>,
    }
}

diesel::table! {
    segment_keys (environment_id, key, segment_id) {
        environment_id -> Int2,
        key -> Text,
        segment_id -> Uuid,
    }
}

diesel::table! {
    segment_moves (environment_id, profile_id, moved_at, id) {
        environment_id -> Int2,
        profile_id -> Uuid,
        id -> Uuid,
        segment_id -> Uuid,
        moved_at -> Timestamptz,
        has_entered -> Bool,
        cause -> Text,
        keys -> Nullable<Array<Text>>,
        group_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    membership_attributes (environment_id, id) {
        environment_id -> Int2,
        id -> Uuid,
        attribute -> Text,
        from_environment_id -> Int2,
        segment_id -> Uuid,
        rhythm -> Text,
        created_at -> Timestamptz,
        due_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    membership_syncs (environment_id, membership_id, id) {
        environment_id -> Int2,
        id -> Uuid,
        membership_id -> Uuid,
        began_at -> Timestamptz,
        is_by_hand -> Bool,
        members -> Int8,
        entered -> Int8,
        left_it -> Int8,
    }
}

diesel::table! {
    segment_days (environment_id, segment_id, day) {
        environment_id -> Int2,
        segment_id -> Uuid,
        day -> Date,
        size -> Int8,
    }
}

diesel::table! {
    segment_hours (environment_id, segment_id, hour) {
        environment_id -> Int2,
        segment_id -> Uuid,
        hour -> Timestamptz,
        entered -> Int8,
        left_it -> Int8,
    }
}

diesel::table! {
    segment_members (environment_id, profile_id, segment_id) {
        environment_id -> Int2,
        profile_id -> Uuid,
        segment_id -> Uuid,
        entered_at -> Timestamptz,
    }
}

diesel::table! {
    segment_queue (environment_id, profile_id, id) {
        environment_id -> Int2,
        profile_id -> Uuid,
        id -> Uuid,
        keys -> Array<Text>,
        group_id -> Nullable<Uuid>,
        said_at -> Timestamptz,
        segment_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    screen_views (environment_id, id) {
        environment_id -> Int2,
        id -> Uuid,
        name -> Text,
        kind -> Text,
        content -> Text,
        audience -> Text,
        shown_from -> Nullable<Timestamptz>,
        shown_until -> Nullable<Timestamptz>,
        priority -> Int4,
        version -> Int4,
        made_by -> Text,
        created_at -> Timestamptz,
        changed_by -> Text,
        updated_at -> Timestamptz,
        archived_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    segment_choices (environment_id, profile_id, segment_id) {
        environment_id -> Int2,
        profile_id -> Uuid,
        segment_id -> Uuid,
        is_member -> Bool,
        stamp -> Jsonb,
    }
}

diesel::table! {
    webhooks (environment_id, id) {
        environment_id -> Int2,
        id -> Uuid,
        name -> Text,
        url -> Text,
        happenings -> Array<Text>,
        segment_ids -> Nullable<Array<Uuid>>,
        is_on -> Bool,
        off_cause -> Nullable<Text>,
        secret -> Bytea,
        old_secret -> Nullable<Bytea>,
        old_secret_until -> Nullable<Timestamptz>,
        failing_since -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    webhook_deliveries (environment_id, profile_id, webhook_id, id) {
        environment_id -> Int2,
        profile_id -> Uuid,
        webhook_id -> Uuid,
        id -> Uuid,
        kind -> Nullable<Text>,
        segment_id -> Nullable<Uuid>,
        segment_name -> Nullable<Text>,
        happened_at -> Timestamptz,
        state -> Text,
        due_at -> Timestamptz,
        attempts -> Int4,
        attempted_at -> Nullable<Timestamptz>,
        took_ms -> Nullable<Int4>,
        status -> Nullable<Int4>,
        answer -> Nullable<Text>,
    }
}

diesel::table! {
    sending_accounts (workspace_id, id) {
        workspace_id -> Int2,
        id -> Uuid,
        channel -> Text,
        name -> Text,
        provider -> Jsonb,
        secret -> Nullable<Bytea>,
        is_default -> Bool,
        is_on -> Bool,
        per_second -> Int4,
        at_once -> Int4,
        give_up_hours -> Int4,
        test_list -> Array<Text>,
        failing_since -> Nullable<Timestamptz>,
        failure -> Nullable<Text>,
        created_at -> Timestamptz,
        removed_at -> Nullable<Timestamptz>,
        feedback -> Text,
        feedback_key -> Nullable<Bytea>,
        feedback_turn -> Int4,
        feedback_confirm -> Nullable<Text>,
    }
}

diesel::table! {
    feedback_misses (workspace_id, account_id, id) {
        workspace_id -> Int2,
        account_id -> Uuid,
        id -> Uuid,
        at -> Timestamptz,
        status -> Text,
        named -> Text,
    }
}

diesel::table! {
    message_templates (workspace_id, id) {
        workspace_id -> Int2,
        id -> Uuid,
        name -> Text,
        channel -> Text,
        kind -> Text,
        topic -> Nullable<Text>,
        version -> Int4,
        created_at -> Timestamptz,
        archived_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    message_template_versions (workspace_id, template_id, version) {
        workspace_id -> Int2,
        template_id -> Uuid,
        version -> Int4,
        variants -> Jsonb,
        saved_by -> Text,
        saved_at -> Timestamptz,
    }
}

diesel::table! {
    messages (environment_id, profile_id, id) {
        environment_id -> Int2,
        profile_id -> Uuid,
        id -> Uuid,
        channel -> Text,
        kind -> Text,
        topic -> Nullable<Text>,
        account_id -> Uuid,
        template_id -> Nullable<Uuid>,
        template_version -> Nullable<Int4>,
        name -> Text,
        own -> Nullable<Jsonb>,
        event -> Nullable<Jsonb>,
        source_id -> Int4,
        group_id -> Uuid,
        unasked -> Nullable<Text>,
        status -> Text,
        asked_at -> Timestamptz,
        first_due_at -> Timestamptz,
        due_at -> Timestamptz,
        changed_at -> Timestamptz,
        attempts -> Int4,
        held_by -> Nullable<Int4>,
        address -> Nullable<Text>,
        language -> Nullable<Text>,
        sent_text -> Nullable<Jsonb>,
        provider_id -> Nullable<Text>,
        verdict -> Nullable<Jsonb>,
        confirms -> Nullable<Text>,
    }
}

diesel::table! {
    message_steps (environment_id, profile_id, message_id, id) {
        environment_id -> Int2,
        profile_id -> Uuid,
        message_id -> Uuid,
        id -> Uuid,
        status -> Text,
        at -> Timestamptz,
        attempt -> Int4,
        code -> Nullable<Text>,
        words -> Nullable<Text>,
        is_told -> Bool,
        bounce -> Nullable<Text>,
        link -> Nullable<Text>,
        is_machine -> Bool,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    address_restrictions,
    address_subscriptions,
    addresses,
    api_keys,
    attribute_definitions,
    audit_log,
    bulk_changes,
    bulk_targets,
    changes,
    consents,
    data_requests,
    default_views,
    devices,
    environments,
    erasures,
    event_definitions,
    event_key_fills,
    event_keys,
    event_receipts,
    events,
    feedback_misses,
    idempotent_calls,
    identifier_claims,
    invitations,
    jobs,
    memberships,
    merge_suggestions,
    merges,
    message_steps,
    message_template_versions,
    message_templates,
    messages,
    note_versions,
    notes,
    operators,
    profile_activity,
    profile_aliases,
    profile_identifiers,
    profiles,
    rejections,
    restrictions,
    revoked_links,
    screen_views,
    search_folds,
    segment_choices,
    segment_days,
    segment_hours,
    segment_keys,
    segment_members,
    segment_moves,
    segment_queue,
    segment_versions,
    segments,
    sending_accounts,
    sessions,
    settling,
    shared_addresses,
    sources,
    subscriptions,
    tag_definitions,
    views,
    webhook_deliveries,
    webhooks,
    workspace_groups,
    workspaces,
);
