// Written by `npm run types` from the API's OpenAPI document. Do not edit.
export interface paths {
    "/api/enhanced-alerts/alerts/active": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The board: alerts that are pending, firing or acknowledged, the most severe first. */
        get: operations["alerts_active_active_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/alerts/banner": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The banner of the `dashboard` channel, until someone acknowledges it. */
        get: operations["alerts_banner_banner_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/alerts/bulk/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Acknowledge up to 500 alerts; each succeeds or fails on its own. */
        post: operations["alerts_acknowledge_several_bulk_acknowledge_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/alerts/bulk/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resolve up to 500 alerts; each succeeds or fails on its own. */
        post: operations["alerts_resolve_several_bulk_resolve_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/alerts/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Alerts that were first recorded in the last hours, open ones too, newest first.
         * @description <br/>What is older than HISTORY_DAYS comes from the archive; if it cannot be read, `incomplete` says why.
         */
        get: operations["alerts_history_history_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/alerts/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search all alerts that the archive keeps, open ones too, newest first.
         * @description <br/>A page may have fewer alerts than `limit`, or none, though older ones follow: `next_cursor` goes on where the time<br/>of the page was over. With `format=csv`, all that is found is one file, sent while it is read: a file that could<br/>not be read to its end ends without the end that HTTP requires, so it fails to download.
         */
        get: operations["alert_search_search_search_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/alerts/searches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The saved searches of the caller, and those that are shared, by name. */
        get: operations["saved_searches_all_searches_searches_get"];
        put?: never;
        /** Save a search, for the caller alone or, by an operator, for all. Its id tells it from others of its name. */
        post: operations["saved_searches_create_searches_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/alerts/searches/{search_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Give a saved search another name, other filters or readers. Operators may change shared ones of others. */
        put: operations["saved_searches_replace_searches__search_id__put"];
        post?: never;
        /** Remove a saved search of the caller; operators may remove shared ones of others. */
        delete: operations["saved_searches_delete_searches__search_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/alerts/{alert_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One alert with its timeline and the ledger of each channel. */
        get: operations["alerts_one__alert_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/alerts/{alert_id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Acknowledge an alert; reminders stop. Repeating it is no error; 409 if it is resolved. */
        post: operations["alerts_acknowledge__alert_id__acknowledge_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/alerts/{alert_id}/assignee": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Assign an alert; 409 if it is resolved. */
        put: operations["alerts_assign__alert_id__assignee_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/alerts/{alert_id}/comments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add a comment to an alert's timeline. */
        post: operations["alerts_comment__alert_id__comments_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/alerts/{alert_id}/explanation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Why an alert fired the last time, and who was notified of it or why nobody was: the steps from the event to the
         * @description receipt. Of each step, `recorded` is what the system did, and `recomputed` what the same decision gives over what<br/>the archive keeps; `differs` says that they contradict each other. `passes` is false where a step ended the way to a<br/>notification. Some seconds old at most.
         */
        get: operations["explanations_of_alert_alerts__alert_id__explanation_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/alerts/{alert_id}/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resolve an alert; 409 if it is resolved already. */
        post: operations["alerts_resolve__alert_id__resolve_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** API keys, newest first, without their secrets, and when each was last used; by pages. */
        get: operations["access_all_keys_api_keys_get"];
        put?: never;
        /** Create an API key; `key` is shown only once. */
        post: operations["access_create_key_api_keys_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/api-keys/{key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End an API key at once. */
        delete: operations["access_revoke_key_api_keys__key_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what, newest first, with before and after; secrets masked. */
        get: operations["access_search_audit_audit_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Exchange a refresh token for new tokens. It is valid once; a second use ends all tokens of its sign-in. */
        post: operations["session_refresh_api_enhanced_alerts_auth_refresh_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/auth/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a refresh token and every access token of its sign-in. */
        post: operations["session_revoke_api_enhanced_alerts_auth_revoke_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/auth/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A short access token and a refresh token for a program that acts for a user. */
        post: operations["session_tokens_api_enhanced_alerts_auth_tokens_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/backup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A backup of the configuration, with sealed secrets, for `enhanced-alerts restore`. */
        get: operations["system_backup_file_api_enhanced_alerts_backup_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/callbacks/twilio/{channel_name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Twilio's delivery receipt; Twilio's signature authenticates it. */
        post: operations["notifications_twilio_callbacks_twilio__channel_name__post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Channels by name: whether each is configured, from where, its fields (secrets masked), and whether it is failing;
         * @description by pages.
         */
        get: operations["channels_all_channels_channels_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/channels/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All channels at once, by name; `GET /channels` has the same by pages. */
        get: operations["channels_all_configurations_channels_config_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/channels/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Delivery per channel in the last hours: attempts by outcome, p95 of accepted attempts, waiting notifications. */
        get: operations["channels_health_channels_health_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/channels/kinds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Each kind of channel, with the JSON schema of its configuration. */
        get: operations["channels_kinds_channels_kinds_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/channels/{channel_name}/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set a channel's fields. A secret sent back as its mask is kept. With the `version` as If-Match, the request fails
         * @description with 412 if another caller has changed the channel meanwhile.
         */
        put: operations["channels_configure_channels__channel_name__config_put"];
        post?: never;
        /** Delete a channel's stored fields; a default channel then uses the environment. */
        delete: operations["channels_forget_channels__channel_name__config_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/conditions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The kinds of conditions, each with the JSON schema of its fields. */
        get: operations["rules_conditions_conditions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Events that could not be evaluated, newest first, each with the reason; by pages. */
        get: operations["system_refused_events_api_enhanced_alerts_dead_letters_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Publish an event, or a list of them; the answer lists what was accepted, rejected or dropped, with reasons. */
        post: operations["events_publish_events_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/explanation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a rule made of a plugin at an instant, and why it fired or did not; as for an alert. The rule is the one of
         * @description that time.
         */
        get: operations["explanations_of_place_explanation_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last import of each system, until it is undone; `changed_since` names what keeps it from being undone. */
        get: operations["imports_list_imports_imports_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/imports/{system}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put a configuration in force: channels and routes together, or nothing. With the `routes_version` of the dry run as
         * @description If-Match, the request fails with 412 if another caller has changed the routes meanwhile.
         */
        post: operations["imports_apply_import_imports__system__post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/imports/{system}/dry-run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a configuration would become, by line: what is taken over, what differs, what is left out and why; and which
         * @description channels and routes it would replace. Nothing is changed. Secrets are masked; files that it names are not read.
         */
        post: operations["imports_try_import_imports__system__dry_run_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/imports/{system}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put back what the last import of a system replaced; 409 if what it put in force was changed since. */
        post: operations["imports_undo_import_imports__system__undo_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/ingest/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The files of `SCRAPE_FILES`: how many targets each lists, and why the newest content of one is not used. */
        get: operations["scrapes_all_files_ingest_files_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/ingest/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Scrape jobs by name, secrets masked; by pages. */
        get: operations["scrapes_all_jobs_ingest_jobs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/ingest/jobs/{job_name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Return one scrape job, with its secrets masked. */
        get: operations["scrapes_one_ingest_jobs__job_name__get"];
        /**
         * Create or replace a scrape job; its targets are scraped within seconds. With the `version` as If-Match, the request
         * @description fails with 412 if another caller has changed the job meanwhile.
         */
        put: operations["scrapes_replace_ingest_jobs__job_name__put"];
        post?: never;
        /** Delete a scrape job; the series of its targets end. */
        delete: operations["scrapes_delete_ingest_jobs__job_name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/ingest/mapping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The mapping in force: which labels of other systems' series name the plugin, and which metrics are kept. */
        get: operations["ingest_mapping_ingest_mapping_get"];
        /**
         * Replace the mapping; every `ingest` process follows within seconds. With the `version` as If-Match, the request
         * @description fails with 412 if another caller has changed the mapping meanwhile.
         */
        put: operations["ingest_replace_mapping_ingest_mapping_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/ingest/mapping/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The mapping in force and up to 20 versions before it, newest first. */
        get: operations["ingest_mapping_history_ingest_mapping_history_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/ingest/mapping/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put an earlier version of the mapping in force again, as a new version. */
        post: operations["ingest_restore_mapping_ingest_mapping_restore_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/ingest/mapping/try": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say what a mapping would change, without changing anything: for the series that `ingest` processes received in the
         * @description last five to ten minutes, which plugins get other names, which metrics are dropped, and which open alerts would be<br/>resolved because of that.
         */
        post: operations["ingest_try_mapping_ingest_mapping_try_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/ingest/targets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every target of the scrape jobs and files with the result of its last scrape, by job and address; by pages. */
        get: operations["scrapes_all_targets_ingest_targets_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/ingest/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The body mappings in force: where in the JSON body of each webhook its alerts and their fields are. */
        get: operations["json_webhooks_webhooks_ingest_webhooks_get"];
        /**
         * Replace the body mappings; `ingest` follows with the next request. With the `version` as If-Match, the request fails
         * @description with 412 if another caller has changed them meanwhile.
         */
        put: operations["json_webhooks_replace_webhooks_ingest_webhooks_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/ingest/webhooks/bodies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The bodies that came in the last week, newest first: of each address the last one and 5 that did not fit, and 20
         * @description that came to addresses without a mapping. They are shown as they came, so only to admins.
         */
        get: operations["json_webhooks_webhook_bodies_ingest_webhooks_bodies_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/ingest/webhooks/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The body mappings in force and up to 20 versions before them, newest first. */
        get: operations["json_webhooks_webhooks_history_ingest_webhooks_history_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/ingest/webhooks/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put earlier body mappings in force again, as a new version; version 0 has none. */
        post: operations["json_webhooks_restore_webhooks_ingest_webhooks_restore_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/ingest/webhooks/try": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say which alerts would come out of a sample body, and what does not fit, without changing anything. */
        post: operations["json_webhooks_try_webhook_ingest_webhooks_try_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/live/ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A ticket for one WebSocket to the relay, valid for 30 s; if `socket_url` is empty, use this API's host. */
        post: operations["session_ticket_api_enhanced_alerts_live_ticket_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in. */
        get: operations["session_me_api_enhanced_alerts_me_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change the caller's own password. */
        put: operations["session_change_password_api_enhanced_alerts_me_password_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/me/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's sign-ins, newest first: browsers, and programs with a refresh token; by pages. */
        get: operations["session_my_sessions_api_enhanced_alerts_me_sessions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/me/sessions/{session_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Sign out one of the caller's browsers or programs. */
        delete: operations["session_end_session_api_enhanced_alerts_me_sessions__session_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/notifications/dead": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Undelivered notifications by pages, newest first, each with its reason. Timelines list every attempt. */
        get: operations["notifications_dead_notifications_dead_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/notifications/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send undelivered notifications again. */
        post: operations["notifications_retry_notifications_retry_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/pipeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether events are evaluated, alerts routed and messages delivered now, and if not, since when. */
        get: operations["system_pipeline_state_api_enhanced_alerts_pipeline_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/plugins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Plugins with their newest metrics, states and open alerts, the most recent first, by pages. */
        get: operations["system_plugins_api_enhanced_alerts_plugins_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/push/key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The key a browser subscribes with (`applicationServerKey`). */
        get: operations["notifications_push_key_push_key_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/push/subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Subscribe this browser to Web Push; the body is its `PushSubscription.toJSON()`. Repeating it is no error. */
        post: operations["notifications_subscribe_push_subscriptions_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/push/subscriptions/{subscription_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End the Web Push subscription of one of the caller's browsers. */
        delete: operations["notifications_unsubscribe_push_subscriptions__subscription_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/reports/monthly": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The report of a month: figures of alerting in all and of each team, rule and plugin beside those of the month
         * @description before; the rules whose notifications nobody answered; metrics that changed, grew, or come near the threshold of a<br/>rule, as of the end of the month; and what the archive does not know of the month. Five minutes old at most.
         */
        get: operations["reports_monthly_reports_monthly_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/reports/schedule": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** When the report of the month before is mailed, and what became of the mail of each month, newest first. */
        get: operations["reports_schedule_in_force_reports_schedule_get"];
        /**
         * Have the report of the month before mailed through the server of an e-mail channel, to its recipients or to others,
         * @description each month once. With the `version` as If-Match, the request fails with 412 if another caller has changed the<br/>schedule meanwhile.
         */
        put: operations["reports_replace_schedule_reports_schedule_put"];
        post?: never;
        /** Mail no reports any more. */
        delete: operations["reports_delete_schedule_reports_schedule_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/reports/schedule/send": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Have the report of a month mailed now, as the schedule says to whom, also if it was mailed before. It takes a few
         * @description seconds; `mails` tells what became of it.
         */
        post: operations["reports_send_now_reports_schedule_send_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/routes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The routes in force; `tree` is null if there are none. */
        get: operations["routes_routes_in_force_routes_get"];
        /**
         * Replace the routes; the router follows within seconds, and open alerts keep their channels. With the `version` as
         * @description If-Match, the request fails with 412 if another caller has changed the routes meanwhile.
         */
        put: operations["routes_replace_routes_routes_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/routes/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The routes in force and up to 20 versions before them, newest first. */
        get: operations["routes_routes_history_routes_history_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/routes/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put an earlier version of the routes in force again, as a new version; version 0 removes the routes. */
        post: operations["routes_restore_routes_routes_restore_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/routes/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Where an alert with these labels would go, and why: each route that is tried with what its matchers found, the
         * @description channels, how it is grouped, and what is muted now. Nothing is sent.
         */
        post: operations["routes_test_routes_routes_test_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/rule-backtests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a rule out over the past, without storing it: when it would have fired, the notifications of each channel after
         * @description cooldown, silences, inhibition, flapping and grouping, how many at night (22:00 to 07:00), beside the stored rule<br/>with the same id. 202: it is being computed; ask at its `Location` for how far it is. At most two of a caller at a<br/>time.
         */
        post: operations["backtests_begin_rule_backtests_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/rule-backtests/{backtest_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far a backtest is: `done` of `total` plugins; or its result, which is kept for five minutes. */
        get: operations["backtests_follow_rule_backtests__backtest_id__get"];
        put?: never;
        post?: never;
        /** End a backtest that nobody waits for any more. */
        delete: operations["backtests_take_back_rule_backtests__backtest_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/rule-preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Describe a rule in words, in English and Korean, without storing it; lists every invalid field.
         * @description <br/>`covers` begins with the `with_metrics` plugins that have published each of its metrics; `advice` tells of names<br/>that no plugin has published, each with the similar name that was probably meant.
         */
        post: operations["rules_preview_rule_rule_preview_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Rules by id, their conditions in words (by id), and stored rules that cannot be read (id → reason); by pages. */
        get: operations["rules_all_rules_rules_get"];
        put?: never;
        /** Create a rule; evaluators apply it within a second. Without an id, one is generated. */
        post: operations["rules_create_rules_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/rules-file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All rules as one file, as `enhanced-alerts rules export` writes it. */
        get: operations["rules_export_rules_file_get"];
        put?: never;
        /** Apply the rules of a file: all of them, or none. */
        post: operations["rules_import_file_rules_file_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/rules/{rule_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One rule. Send its ETag as If-Match with a change, so that the change of another caller is not overwritten. */
        get: operations["rules_one_rules__rule_id__get"];
        /** Create or replace a rule by the body. The id in the address applies. */
        put: operations["rules_replace_rules__rule_id__put"];
        post?: never;
        /** Remove a rule; its open alerts are resolved with that reason. */
        delete: operations["rules_delete_rules__rule_id__delete"];
        options?: never;
        head?: never;
        /** Change some fields of a rule. */
        patch: operations["rules_change_rules__rule_id__patch"];
        trace?: never;
    };
    "/api/enhanced-alerts/rules/{rule_id}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Disable a rule; its open alerts are resolved with that reason. */
        post: operations["rules_disable_rules__rule_id__disable_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/rules/{rule_id}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Switch a rule on. */
        post: operations["rules_enable_rules__rule_id__enable_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/series/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Samples of metrics, oldest first, as far back as the archive keeps them. Of a series with more samples than
         * @description `points`, each sample is the mean of a span of `step_ms` that begins at its instant, and `lows` and `highs` hold the<br/>lowest and the highest of each span. `since_ms` is the instant from which the samples are complete, and `gaps` are<br/>spans of which events were lost. While the archive cannot be read, samples before `unavailable_before_ms` may be<br/>missing.
         */
        post: operations["system_recent_api_enhanced_alerts_series_query_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign this browser in. */
        post: operations["session_sign_in_api_enhanced_alerts_sign_in_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End this browser's session. */
        post: operations["session_sign_out_api_enhanced_alerts_sign_out_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/silence-preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The active alerts that a silence would match now. */
        post: operations["silences_preview_silence_preview_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/silences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Silences: active, planned and past (`state`), newest first; by pages. */
        get: operations["silences_all_silences_silences_get"];
        put?: never;
        /** Create a silence; matching alerts notify no channel while it is active. */
        post: operations["silences_create_silences_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/silences/{silence_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One silence. */
        get: operations["silences_one_silences__silence_id__get"];
        /** Replace a silence by the body, e.g. to extend it. The id in the address applies. */
        put: operations["silences_replace_silences__silence_id__put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/silences/{silence_id}/expire": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a silence now; channels are notified of alerts that still fire. It stays listed as past. */
        post: operations["silences_expire_silences__silence_id__expire_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/statistics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Statistics of a number of hours: totals, means, by severity, plugin, rule and hour; and the current board. */
        get: operations["system_statistics_api_enhanced_alerts_statistics_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Status of the pipeline: server, processes, partitions with lag and owner, queues, active alerts. */
        get: operations["system_status_api_enhanced_alerts_status_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/templates/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The result of templates for an alert, or a template's error. `words` lists what templates can use. */
        post: operations["rules_preview_templates_preview_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/test/{channel_name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a message, marked as a test, the way real notifications go; `answer` is what the provider answered. */
        post: operations["channels_test_test__channel_name__post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/trends/alerting": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What alerting cost people, by month: alerts, notifications and their share at night (22:00 to 07:00), times to
         * @description acknowledge and to resolve, flapping; of all, and of each team (the label `team`), rule and plugin. Notifications<br/>through `web` and `dashboard` are not counted. Five minutes old at most.
         */
        get: operations["trends_of_alerting_trends_alerting_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/trends/metric": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The long-term trend of a metric: its weeks and months, its usual values by the hour of the week, growth, changes,
         * @description season, and when it reaches a limit. Values are in the unit of the metric. What cannot be told from chance is null,<br/>and `reasons` says why. Five minutes old at most.
         */
        get: operations["trends_of_metric_trends_metric_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Users by name, without passwords; by pages. */
        get: operations["access_all_users_users_get"];
        put?: never;
        /** Create a user. */
        post: operations["access_create_user_users_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/enhanced-alerts/users/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a user; their sessions and tokens end. */
        delete: operations["access_delete_user_users__name__delete"];
        options?: never;
        head?: never;
        /** Change a user's role or password, or disable the user; their sessions and tokens end. */
        patch: operations["access_change_user_users__name__patch"];
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether this process is alive. */
        get: operations["health_healthz_healthz_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Counters and gauges of every component; scrape with an API key of role viewer. */
        get: operations["system_prometheus_metrics_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether this process can serve requests; if not, the reason. */
        get: operations["health_readyz_readyz_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sign in with the one-time code of a sign-in link. */
        get: operations["session_sign_in_by_code_sign_in_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** Assignee */
        Assignee: {
            /**
             * Assignee
             * @description A person's name; empty: nobody.
             */
            assignee: string;
        };
        /**
         * BacktestBody
         * @description A rule as it stands in an editor, and the time over which it is tried out.
         */
        BacktestBody: {
            /**
             * From Ms
             * @description Default: seven days before `until_ms`.
             * @default null
             */
            from_ms: number | null;
            rule: components["schemas"]["Rule"];
            /**
             * Timezone
             * @description In which nights are, e.g. Asia/Seoul.
             * @default UTC
             */
            timezone: string;
            /**
             * Until Ms
             * @description Default: now.
             * @default null
             */
            until_ms: number | null;
        };
        /**
         * BodyMapping
         * @description How the JSON body of one webhook becomes alerts. Paths are those of `shared.model.body_paths`.
         */
        BodyMapping: {
            /**
             * Alerts
             * @description Where the list of alerts is; empty: the body is the list, or one alert.
             * @default
             */
            alerts: string;
            /**
             * All Annotations
             * @description An object all of whose values become annotations.
             * @default
             */
            all_annotations: string;
            /**
             * All Labels
             * @description An object all of whose values become labels.
             * @default
             */
            all_labels: string;
            /**
             * Annotations
             * @description Annotation, such as summary → path.
             */
            annotations?: {
                [key: string]: string;
            };
            /**
             * Ends At
             * @description As `starts_at`.
             * @default
             */
            ends_at: string;
            /**
             * Expire Minutes
             * @description Minutes after which an alert ends of which nothing more is heard; 0: what the label mapping says. Less than 5 count as 5.
             * @default 0
             */
            expire_minutes: number;
            /**
             * Identity
             * @description What the sender knows the alert by, the same at its end; empty: all labels are its identity.
             * @default []
             */
            identity: string[];
            /**
             * Labels
             * @description Label → path.
             */
            labels?: {
                [key: string]: string;
            };
            /** @description The alert's name. */
            name?: components["schemas"]["FoundText"];
            /** @description What the alert is about; empty: its name. It becomes the label `plugin`, too. */
            plugin?: components["schemas"]["FoundText"];
            severity?: components["schemas"]["FoundSeverity"];
            /**
             * Starts At
             * @description ISO 8601, or a number since 1970 in s, ms, µs or ns.
             * @default
             */
            starts_at: string;
            state?: components["schemas"]["FoundState"];
            /**
             * Url
             * @description The sender's page about the alert.
             * @default
             */
            url: string;
        };
        /**
         * BodyMappings
         * @description All body mappings: `/webhook/json/NAME` is the address of each.
         */
        BodyMappings: {
            /**
             * Webhooks
             * @description The last part of the address → its mapping.
             */
            webhooks?: Record<string, never>;
        };
        /**
         * ConfigBody
         * @description The fields of the channel's kind; `GET /channels/kinds` has their schema.
         */
        ConfigBody: {
            [key: string]: unknown;
        };
        /** EarlierRoutes */
        EarlierRoutes: {
            /**
             * Version
             * @description 0: no routes.
             */
            version: number;
        };
        /** EarlierVersion */
        EarlierVersion: {
            /**
             * Version
             * @description 0: the built-in default.
             */
            version: number;
        };
        /**
         * Escalation
         * @description Tell these channels too, if nobody has acknowledged by then.
         */
        Escalation: {
            /** After Minutes */
            after_minutes: number;
            /** Channels */
            channels: string[];
        };
        /**
         * FoundSeverity
         * @description The severity of an alert.
         */
        FoundSeverity: {
            /**
             * Default
             * @description Taken where the path finds nothing.
             * @default
             */
            default: string;
            /**
             * Path
             * @description Where it is in the alert; `$.` begins at the whole body.
             * @default
             */
            path: string;
            /**
             * Values
             * @description The sender's word, in any case → severity; other words mean what EXTERNAL_SEVERITIES says.
             */
            values?: {
                [key: string]: "info" | "warning" | "error" | "critical" | "emergency";
            };
        };
        /**
         * FoundState
         * @description Whether an alert fires or has ended. Words are compared in any case.
         */
        FoundState: {
            /**
             * Firing
             * @description Words for an alert that fires; empty: all that are in no other list.
             * @default []
             */
            firing: string[];
            /**
             * Ignored
             * @description Words that change nothing.
             * @default []
             */
            ignored: string[];
            /**
             * Path
             * @description Where it is; empty: alerts fire, unless `ends_at` has passed.
             * @default
             */
            path: string;
            /**
             * Resolved
             * @description Words for an alert that has ended.
             * @default []
             */
            resolved: string[];
        };
        /**
         * FoundText
         * @description A text of an alert.
         */
        FoundText: {
            /**
             * Default
             * @description Taken where the path finds nothing.
             * @default
             */
            default: string;
            /**
             * Path
             * @description Where it is in the alert; `$.` begins at the whole body.
             * @default
             */
            path: string;
        };
        /**
         * ImportFiles
         * @description The configuration: one file of Alertmanager, or what Grafana exports, together or in several files.
         */
        ImportFiles: {
            /** Files */
            files: components["schemas"]["ImportedFile"][];
            /**
             * Language
             * @description Of the report's texts.
             * @default en
             * @enum {string}
             */
            language: "en" | "ko";
        };
        /** ImportedFile */
        ImportedFile: {
            /**
             * Name
             * @description For the report.
             */
            name: string;
            /** Text */
            text: string;
        };
        /**
         * IngestMapping
         * @description A relabeling for all sources, and others for single sources.
         */
        IngestMapping: {
            default?: components["schemas"]["Relabeling"];
            /**
             * Sources
             * @description API key, job or door (remote_write, otlp, collectd, influx, alertmanager, pagerduty, opsgenie, webhook, statsd, scrape) → its relabeling.
             */
            sources?: {
                [key: string]: components["schemas"]["Relabeling"];
            };
        };
        /**
         * InhibitRule
         * @description While an alert fires that fits `source_matchers`, alerts that fit `target_matchers` and have the same values of the
         *     labels `equal` notify no channel. As in Alertmanager, a label that both lack is equal.
         */
        InhibitRule: {
            /**
             * Equal
             * @description Names of labels whose values both alerts must share; none: every source holds every target back.
             */
            equal?: string[];
            /**
             * Name
             * @description For people; stands in the reason of alerts held back.
             * @default
             */
            name: string;
            /**
             * Source Matchers
             * @description All must fit the alert that holds others back.
             */
            source_matchers?: string[];
            /**
             * Target Matchers
             * @description All must fit an alert that is held back.
             */
            target_matchers?: string[];
        };
        /**
         * JobBody
         * @description A scrape job. The name in the address applies; a secret sent back as its mask is kept.
         */
        JobBody: {
            /**
             * Bearer Token
             * Format: password
             * @default
             */
            bearer_token: string;
            /**
             * Ca Certificate
             * @description PEM; trusted for these targets instead of all other certificates.
             * @default
             */
            ca_certificate: string;
            /**
             * Enabled
             * @default true
             */
            enabled: boolean;
            /**
             * Interval Seconds
             * @default 30
             */
            interval_seconds: number;
            /**
             * Labels
             * @description Added to every series.
             * @default {}
             */
            labels: {
                [key: string]: string;
            };
            /**
             * Name
             * @description Value of the label `job`.
             * @default
             */
            name: string;
            /**
             * Params
             * @description Parameters of the address's query.
             * @default {}
             */
            params: {
                [key: string]: string;
            };
            /**
             * Password
             * Format: password
             * @default
             */
            password: string;
            /**
             * Path
             * @default /metrics
             */
            path: string;
            /**
             * Scheme
             * @default http
             * @enum {string}
             */
            scheme: "http" | "https";
            /**
             * Targets
             * @description Addresses, `host:port`. May be empty if the job's targets come from a file of its name.
             * @default []
             */
            targets: string[];
            /**
             * Timeout Seconds
             * @description At most the interval.
             * @default 10
             */
            timeout_seconds: number;
            /**
             * Username
             * @description For Basic authentication.
             * @default
             */
            username: string;
            /**
             * Version
             * @description Set by the API.
             * @default
             */
            version: string;
        };
        /** Keys */
        Keys: {
            /** Auth */
            auth: string;
            /** P256Dh */
            p256dh: string;
        };
        /**
         * LabelMatcher
         * @description What one label of a plugin must be, or must not be. A plugin without the label has the value "".
         */
        LabelMatcher: {
            /**
             * Is Equal
             * @description False: none of them may match.
             * @default true
             */
            is_equal: boolean;
            /** Label */
            label: string;
            /**
             * Values
             * @description Globs; one of them must match.
             */
            values: string[];
        };
        /**
         * Matcher
         * @description One property an alert must have, or must not.
         */
        Matcher: {
            /**
             * Is Equal
             * @description False: everything but this.
             * @default true
             */
            is_equal: boolean;
            /**
             * Is Regex
             * @description The value is a regular expression that must fit the whole property.
             * @default false
             */
            is_regex: boolean;
            /** Name */
            name: string;
            /**
             * Value
             * @description A glob, or with `is_regex` a regular expression of RE2.
             */
            value: string;
        };
        /** NewKey */
        NewKey: {
            /**
             * Days
             * @description Days until it expires; null: never.
             * @default 90
             */
            days: number | null;
            /**
             * Doors
             * @description Ways in by which it may publish; empty: all.
             */
            doors?: ("events" | "remote_write" | "otlp" | "collectd" | "influx" | "alertmanager" | "pagerduty" | "opsgenie" | "webhook")[];
            /**
             * Name
             * @description What it is for.
             */
            name: string;
            /**
             * Plugins
             * @description Globs of the plugins it may publish for; empty: all.
             */
            plugins?: string[];
            /**
             * Role
             * @default viewer
             * @enum {string}
             */
            role: "publisher" | "viewer" | "operator" | "admin";
        };
        /** NewPassword */
        NewPassword: {
            /** New */
            new: string;
            /** Old */
            old: string;
        };
        /**
         * NewSearch
         * @description A search to be saved; the same filters as those of `GET /alerts/search`.
         */
        NewSearch: {
            /**
             * Is Shared
             * @description Whether everybody sees it; operators only.
             * @default false
             */
            is_shared: boolean;
            /** Name */
            name: string;
            query: components["schemas"]["SavedFilters"];
        };
        /**
         * NewSilence
         * @description A silence as a caller asks for it. Without `starts_at_ms` it begins now, by the server's clock; it ends at
         *     `ends_at_ms`, or `length_ms` after it begins.
         */
        NewSilence: {
            /**
             * Author
             * @description Set by the API.
             * @default
             */
            author: string;
            /**
             * Author Principal
             * @description Set by the API.
             * @default
             */
            author_principal: string;
            /** Comment */
            comment: string;
            /**
             * Created At Ms
             * @description Set by the API.
             * @default 0
             */
            created_at_ms: number;
            /**
             * Cron
             * @description Five fields, e.g. `0 2 * * 6`: Saturdays at two.
             * @default null
             */
            cron: string | null;
            /**
             * Duration Minutes
             * @default null
             */
            duration_minutes: number | null;
            /**
             * Ends At Ms
             * @default null
             */
            ends_at_ms: number | null;
            /**
             * Everything
             * @description Confirms matchers that match nearly every alert.
             * @default false
             */
            everything: boolean;
            /**
             * Expiry Announced
             * @description Set by the router.
             * @default false
             */
            expiry_announced: boolean;
            /**
             * Id
             * @description Generated if left out.
             * @default null
             */
            id: string | null;
            /**
             * Length Ms
             * @description Length, instead of ends_at_ms.
             * @default null
             */
            length_ms: number | null;
            /** Matchers */
            matchers: components["schemas"]["Matcher"][];
            /**
             * Starts At Ms
             * @description Default: now.
             * @default null
             */
            starts_at_ms: number | null;
            /**
             * Timezone
             * @description Time zone of `cron`, e.g. Asia/Seoul.
             * @default UTC
             */
            timezone: string;
        };
        /** NewUser */
        NewUser: {
            /** Name */
            name: string;
            /** Password */
            password: string;
            /**
             * Role
             * @default viewer
             * @enum {string}
             */
            role: "publisher" | "viewer" | "operator" | "admin";
        };
        /** OneSeries */
        OneSeries: {
            /**
             * Metric
             * @default null
             */
            metric: string | null;
            /** Plugin Id */
            plugin_id: string;
            /**
             * Rule Id
             * @description Instead of a metric: what this rule measures of the plugin, such as the value of its formula.
             * @default null
             */
            rule_id: string | null;
        };
        /**
         * Password
         * @description A user's name and password.
         */
        Password: {
            /** Name */
            name: string;
            /** Password */
            password: string;
        };
        /**
         * Recover
         * @description When a firing alert ends; by default as soon as the condition is false.
         */
        Recover: {
            /**
             * For Seconds
             * @description How long the recovery must last.
             * @default 0
             */
            for_seconds: number;
            /**
             * Threshold
             * @description A separate threshold for recovery (hysteresis).
             * @default null
             */
            threshold: number | null;
        };
        /** RefreshToken */
        RefreshToken: {
            /** Refresh Token */
            refresh_token: string;
        };
        /**
         * Relabeling
         * @description How label sets become plugins. The defaults serve Prometheus and OpenTelemetry without any configuration.
         *
         *     `expire_minutes` is about alerts, of senders that state a beginning and an end once (webhooks, PagerDuty, Opsgenie).
         *     Where a label of `drop_labels` is one of `REPLICA_LABELS`, its value names the replica.
         */
        Relabeling: {
            /**
             * Drop Labels
             * @description Globs of labels that name no plugin.
             * @default [
             *       "__replica__",
             *       "prometheus_replica",
             *       "replica"
             *     ]
             */
            drop_labels: string[];
            /**
             * Drop Metrics
             * @description Globs of metrics that are dropped, also if `keep_metrics` names them.
             * @default []
             */
            drop_metrics: string[];
            /**
             * Expire Minutes
             * @description Minutes after which an alert ends whose sender repeats nothing and said nothing more of it; 0: it waits for the end. Less than 5 count as 5.
             * @default 0
             */
            expire_minutes: number;
            /**
             * Id Labels
             * @description Labels whose values, joined by /, begin the plugin's id.
             * @default [
             *       "job",
             *       "instance"
             *     ]
             */
            id_labels: string[];
            /**
             * Keep Metrics
             * @description Globs of the metrics that are kept; empty: all.
             * @default []
             */
            keep_metrics: string[];
        };
        /**
         * RetryBody
         * @description The undelivered notifications to send again: one, all of a channel, or all.
         */
        RetryBody: {
            /**
             * Alert Id
             * @default null
             */
            alert_id: string | null;
            /**
             * Channel
             * @default null
             */
            channel: string | null;
        };
        /**
         * Route
         * @description One route. What it leaves out it takes from the route above it, except `continue`, `mute_times` and `active_times`.
         */
        Route: {
            /**
             * Active Times
             * @description Time intervals outside which its channels are not notified.
             */
            active_times?: string[];
            /** Channels */
            channels?: string[];
            /**
             * Continue
             * @description Also try the routes after it if it fits.
             * @default false
             */
            continue: boolean;
            /**
             * Group By
             * @description Labels: alerts with equal values share a notification. `...`: all labels; empty: the whole route.
             * @default null
             */
            group_by: string[] | null;
            /**
             * Group Interval Seconds
             * @description How long further news of a group is gathered after a notification.
             * @default null
             */
            group_interval_seconds: number | null;
            /**
             * Group Wait Seconds
             * @description How long the first notification of a group waits for further alerts.
             * @default null
             */
            group_wait_seconds: number | null;
            /**
             * Matchers
             * @description All must fit, e.g. `severity="critical"`, `host=~"web-.*"`, `team!=""`, `host glob "web-*"`.
             */
            matchers?: string[];
            /**
             * Mute Times
             * @description Time intervals during which its channels are not notified.
             */
            mute_times?: string[];
            /**
             * Name
             * @description For people; stands in the timeline of the alerts.
             * @default
             */
            name: string;
            /**
             * Repeat Minutes
             * @description Minutes between reminders; 0: none.
             * @default null
             */
            repeat_minutes: number | null;
            /** Routes */
            routes?: components["schemas"]["Route"][];
            /**
             * Severities
             * @description What the label `severity` of external alerts means, e.g. page: emergency.
             * @default null
             */
            severities: {
                [key: string]: "info" | "warning" | "error" | "critical" | "emergency";
            } | null;
        };
        /**
         * RouteTest
         * @description The labels of an alert, and a draft of routes to try instead of those in force.
         */
        RouteTest: {
            /** Labels */
            labels: {
                [key: string]: string;
            };
            /** @default null */
            tree: components["schemas"]["RouteTree"] | null;
        };
        /**
         * RouteTree
         * @description The root, which takes every alert, the time intervals that routes name, and what holds alerts back.
         */
        RouteTree: {
            /**
             * Inhibit Rules
             * @description Alerts that hold other alerts back.
             */
            inhibit_rules?: components["schemas"]["InhibitRule"][];
            route: components["schemas"]["Route"];
            /** Time Intervals */
            time_intervals?: {
                [key: string]: components["schemas"]["TimeInterval"][];
            };
        };
        /**
         * Rule
         * @description What to watch, when to fire, whom to tell.
         */
        Rule: {
            /**
             * Auto Resolve
             * @default true
             */
            auto_resolve: boolean;
            /**
             * Body Template
             * @description Jinja2 template of the body; empty: the default.
             * @default
             */
            body_template: string;
            /** Channels */
            channels?: string[];
            /**
             * Condition
             * @description `kind` and the fields of that kind.
             * @default null
             */
            condition: {
                [key: string]: unknown;
            } | null;
            /**
             * Cooldown Minutes
             * @default 5
             */
            cooldown_minutes: number;
            /**
             * Description
             * @default
             */
            description: string;
            /**
             * Edited
             * @description Edited after `rules apply`; the next apply undoes the edit.
             * @default false
             */
            edited: boolean;
            /**
             * Enabled
             * @default true
             */
            enabled: boolean;
            /**
             * Equal
             * @description Names of labels, e.g. `instance`: rules of `inhibited_by` also hold this one back from plugins whose values of all these labels are equal.
             */
            equal?: string[];
            /** Escalation */
            escalation?: components["schemas"]["Escalation"][];
            /**
             * For Seconds
             * @description How long the condition must hold before it fires.
             * @default 0
             */
            for_seconds: number;
            /**
             * Gone After Seconds
             * @description A series that has been silent for so long has ended. Not set: only its sender can state it.
             * @default null
             */
            gone_after_seconds: number | null;
            /**
             * Group By
             * @description Which alerts share a notification: `rule`, `plugin`, `severity`, `none` or `label:<name>`.
             * @default rule
             */
            group_by: string;
            /**
             * Id
             * @description Generated if left out.
             */
            id?: string;
            /**
             * Inhibited By
             * @description Ids or globs of rules: while one fires for the same plugin, this one notifies no channel.
             */
            inhibited_by?: string[];
            /**
             * Label Matchers
             * @description Only plugins whose label has one of several values, or, with `is_equal` false, none of them.
             */
            label_matchers?: components["schemas"]["LabelMatcher"][];
            /**
             * Labels
             * @description Only plugins with these labels; values are globs.
             */
            labels?: {
                [key: string]: string;
            };
            /**
             * Metric
             * @default null
             */
            metric: string | null;
            /** Name */
            name: string;
            /**
             * Operator
             * @default null
             */
            operator: (">" | ">=" | "<" | "<=" | "==" | "!=") | null;
            /**
             * Origin
             * @description Full path of the rule's file; set by `rules apply`.
             * @default
             */
            origin: string;
            /**
             * Overrides
             * @description A key: for one plugin, the rule with `plugin_id` replaces more general rules with the same key.
             * @default null
             */
            overrides: string | null;
            /**
             * Plugin Id
             * @description Only this plugin.
             * @default null
             */
            plugin_id: string | null;
            /**
             * Plugins
             * @description Only plugins matching this glob.
             * @default null
             */
            plugins: string | null;
            /** @default null */
            recover: components["schemas"]["Recover"] | null;
            /**
             * Repeat Minutes
             * @description Minutes between reminders; 0: none. Default: 60 from severity error up, else 0.
             * @default null
             */
            repeat_minutes: number | null;
            /**
             * Revision
             * @description Set by the store; grows with every change of any rule.
             * @default 0
             */
            revision: number;
            /**
             * Runbook Url
             * @default
             */
            runbook_url: string;
            /**
             * Severity
             * @default warning
             * @enum {string}
             */
            severity: "info" | "warning" | "error" | "critical" | "emergency";
            /**
             * Source
             * @description The file that the rule came from, e.g. `file:host.toml`; set by `rules apply`.
             * @default
             */
            source: string;
            /**
             * Threshold
             * @default null
             */
            threshold: number | null;
            /**
             * Title Template
             * @description Jinja2 template of the title; empty: the default.
             * @default
             */
            title_template: string;
            /**
             * When Gone
             * @description What becomes of alerts when the series of the metric ends, as its sender says or after `gone_after_seconds`: they resolve, are held as they are, or fire.
             * @default resolve
             * @enum {string}
             */
            when_gone: "resolve" | "hold" | "fire";
        };
        /**
         * RulePatch
         * @description Any fields of a rule; those left out stay as they are.
         */
        RulePatch: {
            [key: string]: unknown;
        };
        /**
         * RulesFile
         * @description A file's text; the rules in it are added or changed, others stay.
         */
        RulesFile: {
            /**
             * Dry Run
             * @description Only say what would change.
             * @default false
             */
            dry_run: boolean;
            /**
             * Format
             * @default toml
             * @enum {string}
             */
            format: "toml" | "json";
            /** Text */
            text: string;
        };
        /** Sample */
        Sample: {
            /**
             * Body
             * @description A body as the sender would send it.
             */
            body: string;
            mapping: components["schemas"]["BodyMapping"];
            /**
             * Name
             * @description Of the mapping; the identities of alerts hold it.
             * @default sample
             */
            name: string;
        };
        /**
         * SavedFilters
         * @description In a body values have types; in an address they are words.
         */
        SavedFilters: {
            /**
             * Label
             * @description `name`, or `name=value`; the alert has each of them.
             */
            label?: string[];
            /**
             * Max Minutes
             * @default null
             */
            max_minutes: number | null;
            /**
             * Min Minutes
             * @description It lasted as long, or does so already.
             * @default null
             */
            min_minutes: number | null;
            /**
             * Person
             * @description Who acknowledged, resolved, commented or is assigned: `user:kim`, `key:3f9a`; `kim` is `user:kim`.
             */
            person?: string[];
            /** Plugin Id */
            plugin_id?: string[];
            /**
             * Q
             * @description Words and "phrases", all of which must occur.
             * @default
             */
            q: string;
            /** Rule Id */
            rule_id?: string[];
            /** Severity */
            severity?: ("info" | "warning" | "error" | "critical" | "emergency")[];
            /**
             * Since
             * @description Began at or after this instant, epoch ms.
             * @default null
             */
            since: number | null;
            /** State */
            state?: ("pending" | "firing" | "acknowledged" | "resolved")[];
            /**
             * Until
             * @description Began at or before this instant, epoch ms.
             * @default null
             */
            until: number | null;
        };
        /**
         * Schedule
         * @description When the report of the month before is mailed, and to whom.
         */
        Schedule: {
            /**
             * Channel
             * @description The e-mail channel through whose server it is sent.
             */
            channel: string;
            /**
             * Day
             * @description Of the month.
             * @default 1
             */
            day: number;
            /**
             * Enabled
             * @default true
             */
            enabled: boolean;
            /**
             * Hour
             * @default 8
             */
            hour: number;
            /**
             * Language
             * @default en
             * @enum {string}
             */
            language: "en" | "ko";
            /**
             * Recipients
             * @description Addresses that get the report instead of the channel's own.
             */
            recipients?: string[];
            /**
             * Timezone
             * @description Of day, hour, and the report's months.
             * @default UTC
             */
            timezone: string;
        };
        /**
         * SendNow
         * @description The report that is to be mailed now.
         */
        SendNow: {
            /**
             * Month
             * @description `YYYY-MM`. Default: the last month that is over, in the time zone of the schedule.
             * @default null
             */
            month: string | null;
        };
        /**
         * SeriesQuery
         * @description Which samples; by default those of the last hour.
         */
        SeriesQuery: {
            /**
             * Points
             * @description Most samples per series; of a series with more, the lowest and highest of each slice of time.
             * @default 240
             */
            points: number;
            /** Series */
            series: components["schemas"]["OneSeries"][];
            /**
             * Since Ms
             * @default null
             */
            since_ms: number | null;
            /**
             * Until Ms
             * @default null
             */
            until_ms: number | null;
        };
        /**
         * Several
         * @description Which alerts, and what to say.
         */
        Several: {
            /** Alert Ids */
            alert_ids: string[];
            /**
             * Comment
             * @default
             */
            comment: string;
        };
        /**
         * Subscription
         * @description What a browser's `PushSubscription.toJSON()` gives, and whose it is.
         */
        Subscription: {
            /**
             * Created At Ms
             * @description Set by the API.
             * @default 0
             */
            created_at_ms: number;
            /** Endpoint */
            endpoint: string;
            keys: components["schemas"]["Keys"];
            /**
             * Owner
             * @description Set by the API.
             * @default
             */
            owner: string;
            /**
             * User
             * @description Set by the API.
             * @default
             */
            user: string;
        };
        /**
         * TemplatePreview
         * @description Templates, and optionally the alert to try them on; without one, an invented alert.
         */
        TemplatePreview: {
            /**
             * Alert Id
             * @default null
             */
            alert_id: string | null;
            /**
             * Body Template
             * @default
             */
            body_template: string;
            /**
             * Title Template
             * @default
             */
            title_template: string;
        };
        /**
         * TimeInterval
         * @description When something holds, by the calendar of one time zone.
         */
        TimeInterval: {
            /**
             * Days Of Month
             * @description E.g. `1:5`; -1 is the last day: `-3:-1`.
             */
            days_of_month?: string[];
            /**
             * Location
             * @description Time zone, e.g. Asia/Seoul.
             * @default UTC
             */
            location: string;
            /**
             * Months
             * @description E.g. `december:december`, `1:3`.
             */
            months?: string[];
            /** Times */
            times?: components["schemas"]["TimeRange"][];
            /**
             * Weekdays
             * @description E.g. `monday:friday`.
             */
            weekdays?: string[];
            /**
             * Years
             * @description E.g. `2026:2027`.
             */
            years?: string[];
        };
        /**
         * TimeRange
         * @description A part of a day; its end is not part of it.
         */
        TimeRange: {
            /**
             * End Time
             * @description HH:MM, after `start_time`; 24:00 is the end of the day.
             */
            end_time: string;
            /**
             * Start Time
             * @description HH:MM, e.g. 09:00.
             */
            start_time: string;
        };
        /**
         * UserChange
         * @description What is left out stays.
         */
        UserChange: {
            /**
             * Enabled
             * @default null
             */
            enabled: boolean | null;
            /**
             * Password
             * @default null
             */
            password: string | null;
            /**
             * Role
             * @default null
             */
            role: ("publisher" | "viewer" | "operator" | "admin") | null;
        };
        /** ValidationErrorModel */
        ValidationErrorModel: {
            /**
             * Error context
             * @description An optional object which contains values required to render the error message.
             * @default null
             */
            ctx: {
                [key: string]: unknown;
            } | null;
            /**
             * Input
             * @description The input provided for validation.
             */
            input: unknown;
            /**
             * Location
             * @description The error's location as a list.
             */
            loc: unknown[];
            /**
             * Message
             * @description A human readable explanation of the error.
             */
            msg: string;
            /**
             * Error Type
             * @description A computer-readable identifier of the error type.
             */
            type: string;
            /**
             * URL
             * @description The URL to further information about the error.
             * @default null
             */
            url: string | null;
        };
        /** Words */
        Words: {
            /** Comment */
            comment: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    alerts_active_active_get: {
        parameters: {
            query?: {
                severity?: ("info" | "warning" | "error" | "critical" | "emergency")[];
                plugin_id?: string | null;
                rule_id?: string | null;
                state?: ("pending" | "firing" | "acknowledged" | "resolved")[];
                /** @description Began at or after this instant, epoch ms. */
                since?: number | null;
                /** @description Began at or before this instant, epoch ms. */
                until?: number | null;
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                limit?: number;
                /** @description Add `told`: alert id → channel → last news sent. */
                told?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        alerts: {
                            /** @default 0 */
                            acknowledged_at_ms: number;
                            /** @default  */
                            acknowledged_by: string;
                            /** @default  */
                            acknowledged_by_principal: string;
                            /** @default 0 */
                            announced_episode: number;
                            /** @default  */
                            assignee: string;
                            channels: string[];
                            condition: string;
                            /** @default  */
                            description: string;
                            /** @default 0 */
                            episode: number;
                            /** @default 0 */
                            escalated: number;
                            /** @default null */
                            external: {
                                /** @default {} */
                                annotations: {
                                    [key: string]: string;
                                };
                                fingerprint: string;
                                /** @default  */
                                generator_url: string;
                                /** @default  */
                                sender: string;
                            } | null;
                            /** @default 0 */
                            fired_at_ms: number;
                            /** @default  */
                            group: string;
                            /** @default 0 */
                            hold_until_ms: number;
                            id: string;
                            /** @default {} */
                            labels: {
                                [key: string]: string;
                            };
                            /** @default 0 */
                            let_through_at_ms: number;
                            /** @default  */
                            metric: string;
                            /** @default {} */
                            muted: {
                                [key: string]: string;
                            };
                            /** @default  */
                            parent_id: string;
                            plugin_id: string;
                            plugin_name: string;
                            /**
                             * Policy
                             * @description The rule's settings for notifications, copied from the rule when it fired.
                             */
                            policy?: {
                                /** @default  */
                                body_template: string;
                                /** @default 0 */
                                cooldown_ms: number;
                                /** @default [] */
                                equal: string[];
                                /** @default [] */
                                escalation: {
                                    after_ms: number;
                                    channels: string[];
                                }[];
                                /** @default rule */
                                group_by: string;
                                /** @default null */
                                group_interval_ms: number | null;
                                /** @default null */
                                group_labels: string[] | null;
                                /** @default null */
                                group_wait_ms: number | null;
                                /** @default [] */
                                inhibited_by: string[];
                                /** @default 0 */
                                repeat_ms: number;
                                /** @default  */
                                title_template: string;
                            };
                            /** @default  */
                            reason: string;
                            /** @default  */
                            reason_code: string;
                            /** @default {} */
                            reason_values: Record<string, never>;
                            /** @default 0 */
                            reminders: number;
                            /** @default  */
                            request_id: string;
                            /** @default 0 */
                            resolved_at_ms: number;
                            /** @default  */
                            resolved_by: string;
                            /** @default  */
                            resolved_by_principal: string;
                            /** @default [] */
                            routes: {
                                /** @default [] */
                                active_times: string[];
                                /** @default [] */
                                channels: string[];
                                /** @default [] */
                                mute_times: string[];
                                /** @default  */
                                name: string;
                                place: string;
                            }[];
                            rule_id: string;
                            rule_name: string;
                            /** @default  */
                            runbook_url: string;
                            /** @enum {unknown} */
                            severity: "critical" | "emergency" | "error" | "info" | "warning";
                            started_at_ms: number;
                            /** @enum {unknown} */
                            state: "acknowledged" | "firing" | "pending" | "resolved";
                            /** @default {} */
                            suppressed: {
                                [key: string]: string;
                            };
                            /** @default {} */
                            suppressed_reasons: {
                                [key: string]: {
                                    code: string;
                                    /** @default {} */
                                    values: Record<string, never>;
                                };
                            };
                            /** @default null */
                            threshold: number | null;
                            /** @default 0 */
                            updated_at_ms: number;
                            /** @default null */
                            value: number | null;
                            /** @default 0 */
                            version: number;
                        }[];
                        next_cursor: string | null;
                        told?: {
                            [key: string]: {
                                [key: string]: string;
                            };
                        };
                        total: number;
                    };
                };
            };
        };
    };
    alerts_banner_banner_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        alerts: {
                            /** @default 0 */
                            acknowledged_at_ms: number;
                            /** @default  */
                            acknowledged_by: string;
                            /** @default  */
                            acknowledged_by_principal: string;
                            /** @default 0 */
                            announced_episode: number;
                            /** @default  */
                            assignee: string;
                            channels: string[];
                            condition: string;
                            /** @default  */
                            description: string;
                            /** @default 0 */
                            episode: number;
                            /** @default 0 */
                            escalated: number;
                            /** @default null */
                            external: {
                                /** @default {} */
                                annotations: {
                                    [key: string]: string;
                                };
                                fingerprint: string;
                                /** @default  */
                                generator_url: string;
                                /** @default  */
                                sender: string;
                            } | null;
                            /** @default 0 */
                            fired_at_ms: number;
                            /** @default  */
                            group: string;
                            /** @default 0 */
                            hold_until_ms: number;
                            id: string;
                            /** @default {} */
                            labels: {
                                [key: string]: string;
                            };
                            /** @default 0 */
                            let_through_at_ms: number;
                            /** @default  */
                            metric: string;
                            /** @default {} */
                            muted: {
                                [key: string]: string;
                            };
                            /** @default  */
                            parent_id: string;
                            plugin_id: string;
                            plugin_name: string;
                            /**
                             * Policy
                             * @description The rule's settings for notifications, copied from the rule when it fired.
                             */
                            policy?: {
                                /** @default  */
                                body_template: string;
                                /** @default 0 */
                                cooldown_ms: number;
                                /** @default [] */
                                equal: string[];
                                /** @default [] */
                                escalation: {
                                    after_ms: number;
                                    channels: string[];
                                }[];
                                /** @default rule */
                                group_by: string;
                                /** @default null */
                                group_interval_ms: number | null;
                                /** @default null */
                                group_labels: string[] | null;
                                /** @default null */
                                group_wait_ms: number | null;
                                /** @default [] */
                                inhibited_by: string[];
                                /** @default 0 */
                                repeat_ms: number;
                                /** @default  */
                                title_template: string;
                            };
                            /** @default  */
                            reason: string;
                            /** @default  */
                            reason_code: string;
                            /** @default {} */
                            reason_values: Record<string, never>;
                            /** @default 0 */
                            reminders: number;
                            /** @default  */
                            request_id: string;
                            /** @default 0 */
                            resolved_at_ms: number;
                            /** @default  */
                            resolved_by: string;
                            /** @default  */
                            resolved_by_principal: string;
                            /** @default [] */
                            routes: {
                                /** @default [] */
                                active_times: string[];
                                /** @default [] */
                                channels: string[];
                                /** @default [] */
                                mute_times: string[];
                                /** @default  */
                                name: string;
                                place: string;
                            }[];
                            rule_id: string;
                            rule_name: string;
                            /** @default  */
                            runbook_url: string;
                            /** @enum {unknown} */
                            severity: "critical" | "emergency" | "error" | "info" | "warning";
                            started_at_ms: number;
                            /** @enum {unknown} */
                            state: "acknowledged" | "firing" | "pending" | "resolved";
                            /** @default {} */
                            suppressed: {
                                [key: string]: string;
                            };
                            /** @default {} */
                            suppressed_reasons: {
                                [key: string]: {
                                    code: string;
                                    /** @default {} */
                                    values: Record<string, never>;
                                };
                            };
                            /** @default null */
                            threshold: number | null;
                            /** @default 0 */
                            updated_at_ms: number;
                            /** @default null */
                            value: number | null;
                            /** @default 0 */
                            version: number;
                        }[];
                        next_cursor: string | null;
                        told?: {
                            [key: string]: {
                                [key: string]: string;
                            };
                        };
                        total: number;
                    };
                };
            };
        };
    };
    alerts_acknowledge_several_bulk_acknowledge_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Several"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        alerts: {
                            /** @default 0 */
                            acknowledged_at_ms: number;
                            /** @default  */
                            acknowledged_by: string;
                            /** @default  */
                            acknowledged_by_principal: string;
                            /** @default 0 */
                            announced_episode: number;
                            /** @default  */
                            assignee: string;
                            channels: string[];
                            condition: string;
                            /** @default  */
                            description: string;
                            /** @default 0 */
                            episode: number;
                            /** @default 0 */
                            escalated: number;
                            /** @default null */
                            external: {
                                /** @default {} */
                                annotations: {
                                    [key: string]: string;
                                };
                                fingerprint: string;
                                /** @default  */
                                generator_url: string;
                                /** @default  */
                                sender: string;
                            } | null;
                            /** @default 0 */
                            fired_at_ms: number;
                            /** @default  */
                            group: string;
                            /** @default 0 */
                            hold_until_ms: number;
                            id: string;
                            /** @default {} */
                            labels: {
                                [key: string]: string;
                            };
                            /** @default 0 */
                            let_through_at_ms: number;
                            /** @default  */
                            metric: string;
                            /** @default {} */
                            muted: {
                                [key: string]: string;
                            };
                            /** @default  */
                            parent_id: string;
                            plugin_id: string;
                            plugin_name: string;
                            /**
                             * Policy
                             * @description The rule's settings for notifications, copied from the rule when it fired.
                             */
                            policy?: {
                                /** @default  */
                                body_template: string;
                                /** @default 0 */
                                cooldown_ms: number;
                                /** @default [] */
                                equal: string[];
                                /** @default [] */
                                escalation: {
                                    after_ms: number;
                                    channels: string[];
                                }[];
                                /** @default rule */
                                group_by: string;
                                /** @default null */
                                group_interval_ms: number | null;
                                /** @default null */
                                group_labels: string[] | null;
                                /** @default null */
                                group_wait_ms: number | null;
                                /** @default [] */
                                inhibited_by: string[];
                                /** @default 0 */
                                repeat_ms: number;
                                /** @default  */
                                title_template: string;
                            };
                            /** @default  */
                            reason: string;
                            /** @default  */
                            reason_code: string;
                            /** @default {} */
                            reason_values: Record<string, never>;
                            /** @default 0 */
                            reminders: number;
                            /** @default  */
                            request_id: string;
                            /** @default 0 */
                            resolved_at_ms: number;
                            /** @default  */
                            resolved_by: string;
                            /** @default  */
                            resolved_by_principal: string;
                            /** @default [] */
                            routes: {
                                /** @default [] */
                                active_times: string[];
                                /** @default [] */
                                channels: string[];
                                /** @default [] */
                                mute_times: string[];
                                /** @default  */
                                name: string;
                                place: string;
                            }[];
                            rule_id: string;
                            rule_name: string;
                            /** @default  */
                            runbook_url: string;
                            /** @enum {unknown} */
                            severity: "critical" | "emergency" | "error" | "info" | "warning";
                            started_at_ms: number;
                            /** @enum {unknown} */
                            state: "acknowledged" | "firing" | "pending" | "resolved";
                            /** @default {} */
                            suppressed: {
                                [key: string]: string;
                            };
                            /** @default {} */
                            suppressed_reasons: {
                                [key: string]: {
                                    code: string;
                                    /** @default {} */
                                    values: Record<string, never>;
                                };
                            };
                            /** @default null */
                            threshold: number | null;
                            /** @default 0 */
                            updated_at_ms: number;
                            /** @default null */
                            value: number | null;
                            /** @default 0 */
                            version: number;
                        }[];
                        refused: {
                            alert_id: string;
                            reason: string;
                            reason_code: string;
                            reason_values: {
                                [key: string]: unknown;
                            };
                        }[];
                    };
                };
            };
        };
    };
    alerts_resolve_several_bulk_resolve_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Several"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        alerts: {
                            /** @default 0 */
                            acknowledged_at_ms: number;
                            /** @default  */
                            acknowledged_by: string;
                            /** @default  */
                            acknowledged_by_principal: string;
                            /** @default 0 */
                            announced_episode: number;
                            /** @default  */
                            assignee: string;
                            channels: string[];
                            condition: string;
                            /** @default  */
                            description: string;
                            /** @default 0 */
                            episode: number;
                            /** @default 0 */
                            escalated: number;
                            /** @default null */
                            external: {
                                /** @default {} */
                                annotations: {
                                    [key: string]: string;
                                };
                                fingerprint: string;
                                /** @default  */
                                generator_url: string;
                                /** @default  */
                                sender: string;
                            } | null;
                            /** @default 0 */
                            fired_at_ms: number;
                            /** @default  */
                            group: string;
                            /** @default 0 */
                            hold_until_ms: number;
                            id: string;
                            /** @default {} */
                            labels: {
                                [key: string]: string;
                            };
                            /** @default 0 */
                            let_through_at_ms: number;
                            /** @default  */
                            metric: string;
                            /** @default {} */
                            muted: {
                                [key: string]: string;
                            };
                            /** @default  */
                            parent_id: string;
                            plugin_id: string;
                            plugin_name: string;
                            /**
                             * Policy
                             * @description The rule's settings for notifications, copied from the rule when it fired.
                             */
                            policy?: {
                                /** @default  */
                                body_template: string;
                                /** @default 0 */
                                cooldown_ms: number;
                                /** @default [] */
                                equal: string[];
                                /** @default [] */
                                escalation: {
                                    after_ms: number;
                                    channels: string[];
                                }[];
                                /** @default rule */
                                group_by: string;
                                /** @default null */
                                group_interval_ms: number | null;
                                /** @default null */
                                group_labels: string[] | null;
                                /** @default null */
                                group_wait_ms: number | null;
                                /** @default [] */
                                inhibited_by: string[];
                                /** @default 0 */
                                repeat_ms: number;
                                /** @default  */
                                title_template: string;
                            };
                            /** @default  */
                            reason: string;
                            /** @default  */
                            reason_code: string;
                            /** @default {} */
                            reason_values: Record<string, never>;
                            /** @default 0 */
                            reminders: number;
                            /** @default  */
                            request_id: string;
                            /** @default 0 */
                            resolved_at_ms: number;
                            /** @default  */
                            resolved_by: string;
                            /** @default  */
                            resolved_by_principal: string;
                            /** @default [] */
                            routes: {
                                /** @default [] */
                                active_times: string[];
                                /** @default [] */
                                channels: string[];
                                /** @default [] */
                                mute_times: string[];
                                /** @default  */
                                name: string;
                                place: string;
                            }[];
                            rule_id: string;
                            rule_name: string;
                            /** @default  */
                            runbook_url: string;
                            /** @enum {unknown} */
                            severity: "critical" | "emergency" | "error" | "info" | "warning";
                            started_at_ms: number;
                            /** @enum {unknown} */
                            state: "acknowledged" | "firing" | "pending" | "resolved";
                            /** @default {} */
                            suppressed: {
                                [key: string]: string;
                            };
                            /** @default {} */
                            suppressed_reasons: {
                                [key: string]: {
                                    code: string;
                                    /** @default {} */
                                    values: Record<string, never>;
                                };
                            };
                            /** @default null */
                            threshold: number | null;
                            /** @default 0 */
                            updated_at_ms: number;
                            /** @default null */
                            value: number | null;
                            /** @default 0 */
                            version: number;
                        }[];
                        refused: {
                            alert_id: string;
                            reason: string;
                            reason_code: string;
                            reason_values: {
                                [key: string]: unknown;
                            };
                        }[];
                    };
                };
            };
        };
    };
    alerts_history_history_get: {
        parameters: {
            query?: {
                severity?: ("info" | "warning" | "error" | "critical" | "emergency")[];
                plugin_id?: string | null;
                rule_id?: string | null;
                state?: ("pending" | "firing" | "acknowledged" | "resolved")[];
                /** @description Began at or after this instant, epoch ms. */
                since?: number | null;
                /** @description Began at or before this instant, epoch ms. */
                until?: number | null;
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                limit?: number;
                /** @description Add `told`: alert id → channel → last news sent. */
                told?: boolean;
                hours?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        alerts: {
                            /** @default 0 */
                            acknowledged_at_ms: number;
                            /** @default  */
                            acknowledged_by: string;
                            /** @default  */
                            acknowledged_by_principal: string;
                            /** @default 0 */
                            announced_episode: number;
                            /** @default  */
                            assignee: string;
                            channels: string[];
                            condition: string;
                            /** @default  */
                            description: string;
                            /** @default 0 */
                            episode: number;
                            /** @default 0 */
                            escalated: number;
                            /** @default null */
                            external: {
                                /** @default {} */
                                annotations: {
                                    [key: string]: string;
                                };
                                fingerprint: string;
                                /** @default  */
                                generator_url: string;
                                /** @default  */
                                sender: string;
                            } | null;
                            /** @default 0 */
                            fired_at_ms: number;
                            /** @default  */
                            group: string;
                            /** @default 0 */
                            hold_until_ms: number;
                            id: string;
                            /** @default {} */
                            labels: {
                                [key: string]: string;
                            };
                            /** @default 0 */
                            let_through_at_ms: number;
                            /** @default  */
                            metric: string;
                            /** @default {} */
                            muted: {
                                [key: string]: string;
                            };
                            /** @default  */
                            parent_id: string;
                            plugin_id: string;
                            plugin_name: string;
                            /**
                             * Policy
                             * @description The rule's settings for notifications, copied from the rule when it fired.
                             */
                            policy?: {
                                /** @default  */
                                body_template: string;
                                /** @default 0 */
                                cooldown_ms: number;
                                /** @default [] */
                                equal: string[];
                                /** @default [] */
                                escalation: {
                                    after_ms: number;
                                    channels: string[];
                                }[];
                                /** @default rule */
                                group_by: string;
                                /** @default null */
                                group_interval_ms: number | null;
                                /** @default null */
                                group_labels: string[] | null;
                                /** @default null */
                                group_wait_ms: number | null;
                                /** @default [] */
                                inhibited_by: string[];
                                /** @default 0 */
                                repeat_ms: number;
                                /** @default  */
                                title_template: string;
                            };
                            /** @default  */
                            reason: string;
                            /** @default  */
                            reason_code: string;
                            /** @default {} */
                            reason_values: Record<string, never>;
                            /** @default 0 */
                            reminders: number;
                            /** @default  */
                            request_id: string;
                            /** @default 0 */
                            resolved_at_ms: number;
                            /** @default  */
                            resolved_by: string;
                            /** @default  */
                            resolved_by_principal: string;
                            /** @default [] */
                            routes: {
                                /** @default [] */
                                active_times: string[];
                                /** @default [] */
                                channels: string[];
                                /** @default [] */
                                mute_times: string[];
                                /** @default  */
                                name: string;
                                place: string;
                            }[];
                            rule_id: string;
                            rule_name: string;
                            /** @default  */
                            runbook_url: string;
                            /** @enum {unknown} */
                            severity: "critical" | "emergency" | "error" | "info" | "warning";
                            started_at_ms: number;
                            /** @enum {unknown} */
                            state: "acknowledged" | "firing" | "pending" | "resolved";
                            /** @default {} */
                            suppressed: {
                                [key: string]: string;
                            };
                            /** @default {} */
                            suppressed_reasons: {
                                [key: string]: {
                                    code: string;
                                    /** @default {} */
                                    values: Record<string, never>;
                                };
                            };
                            /** @default null */
                            threshold: number | null;
                            /** @default 0 */
                            updated_at_ms: number;
                            /** @default null */
                            value: number | null;
                            /** @default 0 */
                            version: number;
                        }[];
                        incomplete?: {
                            reason: string;
                            reason_code: string;
                            reason_values: {
                                [key: string]: unknown;
                            };
                        };
                        next_cursor: string | null;
                        told?: {
                            [key: string]: {
                                [key: string]: string;
                            };
                        };
                        total: number;
                    };
                };
            };
        };
    };
    alert_search_search_search_get: {
        parameters: {
            query?: {
                /** @description Words and "phrases", all of which must occur. */
                q?: string;
                rule_id?: string[];
                plugin_id?: string[];
                /** @description `name`, or `name=value`; the alert has each of them. */
                label?: string[];
                severity?: ("info" | "warning" | "error" | "critical" | "emergency")[];
                state?: ("pending" | "firing" | "acknowledged" | "resolved")[];
                /** @description Who acknowledged, resolved, commented or is assigned: `user:kim`, `key:3f9a`; `kim` is `user:kim`. */
                person?: string[];
                /** @description It lasted as long, or does so already. */
                min_minutes?: number | null;
                max_minutes?: number | null;
                /** @description Began at or after this instant, epoch ms. */
                since?: number | null;
                /** @description Began at or before this instant, epoch ms. */
                until?: number | null;
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                /** @description Of a page; a file has all alerts. */
                limit?: number;
                format?: "json" | "csv";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        alerts: {
                            /** @default 0 */
                            acknowledged_at_ms: number;
                            /** @default  */
                            acknowledged_by: string;
                            /** @default  */
                            acknowledged_by_principal: string;
                            /** @default 0 */
                            announced_episode: number;
                            /** @default  */
                            assignee: string;
                            channels: string[];
                            condition: string;
                            /** @default  */
                            description: string;
                            /** @default 0 */
                            episode: number;
                            /** @default 0 */
                            escalated: number;
                            /** @default null */
                            external: {
                                /** @default {} */
                                annotations: {
                                    [key: string]: string;
                                };
                                fingerprint: string;
                                /** @default  */
                                generator_url: string;
                                /** @default  */
                                sender: string;
                            } | null;
                            /** @default 0 */
                            fired_at_ms: number;
                            /** @default  */
                            group: string;
                            /** @default 0 */
                            hold_until_ms: number;
                            id: string;
                            /** @default {} */
                            labels: {
                                [key: string]: string;
                            };
                            /** @default 0 */
                            let_through_at_ms: number;
                            /** @default  */
                            metric: string;
                            /** @default {} */
                            muted: {
                                [key: string]: string;
                            };
                            /** @default  */
                            parent_id: string;
                            plugin_id: string;
                            plugin_name: string;
                            /**
                             * Policy
                             * @description The rule's settings for notifications, copied from the rule when it fired.
                             */
                            policy?: {
                                /** @default  */
                                body_template: string;
                                /** @default 0 */
                                cooldown_ms: number;
                                /** @default [] */
                                equal: string[];
                                /** @default [] */
                                escalation: {
                                    after_ms: number;
                                    channels: string[];
                                }[];
                                /** @default rule */
                                group_by: string;
                                /** @default null */
                                group_interval_ms: number | null;
                                /** @default null */
                                group_labels: string[] | null;
                                /** @default null */
                                group_wait_ms: number | null;
                                /** @default [] */
                                inhibited_by: string[];
                                /** @default 0 */
                                repeat_ms: number;
                                /** @default  */
                                title_template: string;
                            };
                            /** @default  */
                            reason: string;
                            /** @default  */
                            reason_code: string;
                            /** @default {} */
                            reason_values: Record<string, never>;
                            /** @default 0 */
                            reminders: number;
                            /** @default  */
                            request_id: string;
                            /** @default 0 */
                            resolved_at_ms: number;
                            /** @default  */
                            resolved_by: string;
                            /** @default  */
                            resolved_by_principal: string;
                            /** @default [] */
                            routes: {
                                /** @default [] */
                                active_times: string[];
                                /** @default [] */
                                channels: string[];
                                /** @default [] */
                                mute_times: string[];
                                /** @default  */
                                name: string;
                                place: string;
                            }[];
                            rule_id: string;
                            rule_name: string;
                            /** @default  */
                            runbook_url: string;
                            /** @enum {unknown} */
                            severity: "critical" | "emergency" | "error" | "info" | "warning";
                            started_at_ms: number;
                            /** @enum {unknown} */
                            state: "acknowledged" | "firing" | "pending" | "resolved";
                            /** @default {} */
                            suppressed: {
                                [key: string]: string;
                            };
                            /** @default {} */
                            suppressed_reasons: {
                                [key: string]: {
                                    code: string;
                                    /** @default {} */
                                    values: Record<string, never>;
                                };
                            };
                            /** @default null */
                            threshold: number | null;
                            /** @default 0 */
                            updated_at_ms: number;
                            /** @default null */
                            value: number | null;
                            /** @default 0 */
                            version: number;
                        }[];
                        incomplete?: {
                            reason: string;
                            reason_code: string;
                            reason_values: {
                                [key: string]: unknown;
                            };
                        };
                        next_cursor: string | null;
                    };
                    "text/csv": string;
                };
            };
        };
    };
    saved_searches_all_searches_searches_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        searches: {
                            by: string;
                            by_principal: string;
                            changed_at_ms: number;
                            created_at_ms: number;
                            id: string;
                            is_mine: boolean;
                            is_shared: boolean;
                            may_change: boolean;
                            name: string;
                            query: {
                                [key: string]: unknown;
                            };
                        }[];
                    };
                };
            };
        };
    };
    saved_searches_create_searches_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSearch"];
            };
        };
        responses: {
            /** @description Saved */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        by: string;
                        by_principal: string;
                        changed_at_ms: number;
                        created_at_ms: number;
                        id: string;
                        is_mine: boolean;
                        is_shared: boolean;
                        may_change: boolean;
                        name: string;
                        query: {
                            [key: string]: unknown;
                        };
                    };
                };
            };
        };
    };
    saved_searches_replace_searches__search_id__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                search_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSearch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        by: string;
                        by_principal: string;
                        changed_at_ms: number;
                        created_at_ms: number;
                        id: string;
                        is_mine: boolean;
                        is_shared: boolean;
                        may_change: boolean;
                        name: string;
                        query: {
                            [key: string]: unknown;
                        };
                    };
                };
            };
        };
    };
    saved_searches_delete_searches__search_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                search_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    alerts_one__alert_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alert_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Alert
                         * @description One per rule and plugin while open; the record on the board and in the history.
                         */
                        alert: {
                            /** @default 0 */
                            acknowledged_at_ms: number;
                            /** @default  */
                            acknowledged_by: string;
                            /** @default  */
                            acknowledged_by_principal: string;
                            /** @default 0 */
                            announced_episode: number;
                            /** @default  */
                            assignee: string;
                            channels: string[];
                            condition: string;
                            /** @default  */
                            description: string;
                            /** @default 0 */
                            episode: number;
                            /** @default 0 */
                            escalated: number;
                            /** @default null */
                            external: {
                                /** @default {} */
                                annotations: {
                                    [key: string]: string;
                                };
                                fingerprint: string;
                                /** @default  */
                                generator_url: string;
                                /** @default  */
                                sender: string;
                            } | null;
                            /** @default 0 */
                            fired_at_ms: number;
                            /** @default  */
                            group: string;
                            /** @default 0 */
                            hold_until_ms: number;
                            id: string;
                            /** @default {} */
                            labels: {
                                [key: string]: string;
                            };
                            /** @default 0 */
                            let_through_at_ms: number;
                            /** @default  */
                            metric: string;
                            /** @default {} */
                            muted: {
                                [key: string]: string;
                            };
                            /** @default  */
                            parent_id: string;
                            plugin_id: string;
                            plugin_name: string;
                            /**
                             * Policy
                             * @description The rule's settings for notifications, copied from the rule when it fired.
                             */
                            policy?: {
                                /** @default  */
                                body_template: string;
                                /** @default 0 */
                                cooldown_ms: number;
                                /** @default [] */
                                equal: string[];
                                /** @default [] */
                                escalation: {
                                    after_ms: number;
                                    channels: string[];
                                }[];
                                /** @default rule */
                                group_by: string;
                                /** @default null */
                                group_interval_ms: number | null;
                                /** @default null */
                                group_labels: string[] | null;
                                /** @default null */
                                group_wait_ms: number | null;
                                /** @default [] */
                                inhibited_by: string[];
                                /** @default 0 */
                                repeat_ms: number;
                                /** @default  */
                                title_template: string;
                            };
                            /** @default  */
                            reason: string;
                            /** @default  */
                            reason_code: string;
                            /** @default {} */
                            reason_values: Record<string, never>;
                            /** @default 0 */
                            reminders: number;
                            /** @default  */
                            request_id: string;
                            /** @default 0 */
                            resolved_at_ms: number;
                            /** @default  */
                            resolved_by: string;
                            /** @default  */
                            resolved_by_principal: string;
                            /** @default [] */
                            routes: {
                                /** @default [] */
                                active_times: string[];
                                /** @default [] */
                                channels: string[];
                                /** @default [] */
                                mute_times: string[];
                                /** @default  */
                                name: string;
                                place: string;
                            }[];
                            rule_id: string;
                            rule_name: string;
                            /** @default  */
                            runbook_url: string;
                            /** @enum {unknown} */
                            severity: "critical" | "emergency" | "error" | "info" | "warning";
                            started_at_ms: number;
                            /** @enum {unknown} */
                            state: "acknowledged" | "firing" | "pending" | "resolved";
                            /** @default {} */
                            suppressed: {
                                [key: string]: string;
                            };
                            /** @default {} */
                            suppressed_reasons: {
                                [key: string]: {
                                    code: string;
                                    /** @default {} */
                                    values: Record<string, never>;
                                };
                            };
                            /** @default null */
                            threshold: number | null;
                            /** @default 0 */
                            updated_at_ms: number;
                            /** @default null */
                            value: number | null;
                            /** @default 0 */
                            version: number;
                        };
                        channels: {
                            [key: string]: {
                                /** @default  */
                                attempted: string;
                                /** @default 0 */
                                attempts: number;
                                /** @default false */
                                in_doubt: boolean;
                                /** @default false */
                                maybe_told: boolean;
                                /** @default  */
                                message_id: string;
                                /** @default 0 */
                                not_before_ms: number;
                                /** @default 0 */
                                possible_duplicates: number;
                                /** @default  */
                                reason: string;
                                /** @default  */
                                reason_code: string;
                                /** @default {} */
                                reason_values: Record<string, never>;
                                /** @default 0 */
                                reminded: number;
                                /** @default due */
                                status: string;
                                /** @default  */
                                told: string;
                                /** @default 0 */
                                told_at_ms: number;
                                /** @default 0 */
                                told_episode: number;
                                /** @default  */
                                worker: string;
                            };
                        };
                        timeline: {
                            at_ms: number;
                            /** @default 0 */
                            attempt: number;
                            /** @default  */
                            by: string;
                            /** @default  */
                            channel: string;
                            kind: string;
                            /** @default  */
                            principal: string;
                            /** @default  */
                            reason: string;
                            /** @default  */
                            reason_code: string;
                            /** @default {} */
                            reason_values: Record<string, never>;
                            /** @default null */
                            threshold: number | null;
                            /** @default 0 */
                            took_ms: number;
                            /** @default null */
                            value: number | null;
                        }[];
                    };
                };
            };
        };
    };
    alerts_acknowledge__alert_id__acknowledge_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alert_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * Comment
                     * @default
                     */
                    comment?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @default 0 */
                        acknowledged_at_ms: number;
                        /** @default  */
                        acknowledged_by: string;
                        /** @default  */
                        acknowledged_by_principal: string;
                        /** @default 0 */
                        announced_episode: number;
                        /** @default  */
                        assignee: string;
                        channels: string[];
                        condition: string;
                        /** @default  */
                        description: string;
                        /** @default 0 */
                        episode: number;
                        /** @default 0 */
                        escalated: number;
                        /** @default null */
                        external: {
                            /** @default {} */
                            annotations: {
                                [key: string]: string;
                            };
                            fingerprint: string;
                            /** @default  */
                            generator_url: string;
                            /** @default  */
                            sender: string;
                        } | null;
                        /** @default 0 */
                        fired_at_ms: number;
                        /** @default  */
                        group: string;
                        /** @default 0 */
                        hold_until_ms: number;
                        id: string;
                        /** @default {} */
                        labels: {
                            [key: string]: string;
                        };
                        /** @default 0 */
                        let_through_at_ms: number;
                        /** @default  */
                        metric: string;
                        /** @default {} */
                        muted: {
                            [key: string]: string;
                        };
                        /** @default  */
                        parent_id: string;
                        plugin_id: string;
                        plugin_name: string;
                        /**
                         * Policy
                         * @description The rule's settings for notifications, copied from the rule when it fired.
                         */
                        policy?: {
                            /** @default  */
                            body_template: string;
                            /** @default 0 */
                            cooldown_ms: number;
                            /** @default [] */
                            equal: string[];
                            /** @default [] */
                            escalation: {
                                after_ms: number;
                                channels: string[];
                            }[];
                            /** @default rule */
                            group_by: string;
                            /** @default null */
                            group_interval_ms: number | null;
                            /** @default null */
                            group_labels: string[] | null;
                            /** @default null */
                            group_wait_ms: number | null;
                            /** @default [] */
                            inhibited_by: string[];
                            /** @default 0 */
                            repeat_ms: number;
                            /** @default  */
                            title_template: string;
                        };
                        /** @default  */
                        reason: string;
                        /** @default  */
                        reason_code: string;
                        /** @default {} */
                        reason_values: Record<string, never>;
                        /** @default 0 */
                        reminders: number;
                        /** @default  */
                        request_id: string;
                        /** @default 0 */
                        resolved_at_ms: number;
                        /** @default  */
                        resolved_by: string;
                        /** @default  */
                        resolved_by_principal: string;
                        /** @default [] */
                        routes: {
                            /** @default [] */
                            active_times: string[];
                            /** @default [] */
                            channels: string[];
                            /** @default [] */
                            mute_times: string[];
                            /** @default  */
                            name: string;
                            place: string;
                        }[];
                        rule_id: string;
                        rule_name: string;
                        /** @default  */
                        runbook_url: string;
                        /** @enum {unknown} */
                        severity: "critical" | "emergency" | "error" | "info" | "warning";
                        started_at_ms: number;
                        /** @enum {unknown} */
                        state: "acknowledged" | "firing" | "pending" | "resolved";
                        /** @default {} */
                        suppressed: {
                            [key: string]: string;
                        };
                        /** @default {} */
                        suppressed_reasons: {
                            [key: string]: {
                                code: string;
                                /** @default {} */
                                values: Record<string, never>;
                            };
                        };
                        /** @default null */
                        threshold: number | null;
                        /** @default 0 */
                        updated_at_ms: number;
                        /** @default null */
                        value: number | null;
                        /** @default 0 */
                        version: number;
                    };
                };
            };
        };
    };
    alerts_assign__alert_id__assignee_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alert_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Assignee"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @default 0 */
                        acknowledged_at_ms: number;
                        /** @default  */
                        acknowledged_by: string;
                        /** @default  */
                        acknowledged_by_principal: string;
                        /** @default 0 */
                        announced_episode: number;
                        /** @default  */
                        assignee: string;
                        channels: string[];
                        condition: string;
                        /** @default  */
                        description: string;
                        /** @default 0 */
                        episode: number;
                        /** @default 0 */
                        escalated: number;
                        /** @default null */
                        external: {
                            /** @default {} */
                            annotations: {
                                [key: string]: string;
                            };
                            fingerprint: string;
                            /** @default  */
                            generator_url: string;
                            /** @default  */
                            sender: string;
                        } | null;
                        /** @default 0 */
                        fired_at_ms: number;
                        /** @default  */
                        group: string;
                        /** @default 0 */
                        hold_until_ms: number;
                        id: string;
                        /** @default {} */
                        labels: {
                            [key: string]: string;
                        };
                        /** @default 0 */
                        let_through_at_ms: number;
                        /** @default  */
                        metric: string;
                        /** @default {} */
                        muted: {
                            [key: string]: string;
                        };
                        /** @default  */
                        parent_id: string;
                        plugin_id: string;
                        plugin_name: string;
                        /**
                         * Policy
                         * @description The rule's settings for notifications, copied from the rule when it fired.
                         */
                        policy?: {
                            /** @default  */
                            body_template: string;
                            /** @default 0 */
                            cooldown_ms: number;
                            /** @default [] */
                            equal: string[];
                            /** @default [] */
                            escalation: {
                                after_ms: number;
                                channels: string[];
                            }[];
                            /** @default rule */
                            group_by: string;
                            /** @default null */
                            group_interval_ms: number | null;
                            /** @default null */
                            group_labels: string[] | null;
                            /** @default null */
                            group_wait_ms: number | null;
                            /** @default [] */
                            inhibited_by: string[];
                            /** @default 0 */
                            repeat_ms: number;
                            /** @default  */
                            title_template: string;
                        };
                        /** @default  */
                        reason: string;
                        /** @default  */
                        reason_code: string;
                        /** @default {} */
                        reason_values: Record<string, never>;
                        /** @default 0 */
                        reminders: number;
                        /** @default  */
                        request_id: string;
                        /** @default 0 */
                        resolved_at_ms: number;
                        /** @default  */
                        resolved_by: string;
                        /** @default  */
                        resolved_by_principal: string;
                        /** @default [] */
                        routes: {
                            /** @default [] */
                            active_times: string[];
                            /** @default [] */
                            channels: string[];
                            /** @default [] */
                            mute_times: string[];
                            /** @default  */
                            name: string;
                            place: string;
                        }[];
                        rule_id: string;
                        rule_name: string;
                        /** @default  */
                        runbook_url: string;
                        /** @enum {unknown} */
                        severity: "critical" | "emergency" | "error" | "info" | "warning";
                        started_at_ms: number;
                        /** @enum {unknown} */
                        state: "acknowledged" | "firing" | "pending" | "resolved";
                        /** @default {} */
                        suppressed: {
                            [key: string]: string;
                        };
                        /** @default {} */
                        suppressed_reasons: {
                            [key: string]: {
                                code: string;
                                /** @default {} */
                                values: Record<string, never>;
                            };
                        };
                        /** @default null */
                        threshold: number | null;
                        /** @default 0 */
                        updated_at_ms: number;
                        /** @default null */
                        value: number | null;
                        /** @default 0 */
                        version: number;
                    };
                };
            };
        };
    };
    alerts_comment__alert_id__comments_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alert_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Words"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @default 0 */
                        acknowledged_at_ms: number;
                        /** @default  */
                        acknowledged_by: string;
                        /** @default  */
                        acknowledged_by_principal: string;
                        /** @default 0 */
                        announced_episode: number;
                        /** @default  */
                        assignee: string;
                        channels: string[];
                        condition: string;
                        /** @default  */
                        description: string;
                        /** @default 0 */
                        episode: number;
                        /** @default 0 */
                        escalated: number;
                        /** @default null */
                        external: {
                            /** @default {} */
                            annotations: {
                                [key: string]: string;
                            };
                            fingerprint: string;
                            /** @default  */
                            generator_url: string;
                            /** @default  */
                            sender: string;
                        } | null;
                        /** @default 0 */
                        fired_at_ms: number;
                        /** @default  */
                        group: string;
                        /** @default 0 */
                        hold_until_ms: number;
                        id: string;
                        /** @default {} */
                        labels: {
                            [key: string]: string;
                        };
                        /** @default 0 */
                        let_through_at_ms: number;
                        /** @default  */
                        metric: string;
                        /** @default {} */
                        muted: {
                            [key: string]: string;
                        };
                        /** @default  */
                        parent_id: string;
                        plugin_id: string;
                        plugin_name: string;
                        /**
                         * Policy
                         * @description The rule's settings for notifications, copied from the rule when it fired.
                         */
                        policy?: {
                            /** @default  */
                            body_template: string;
                            /** @default 0 */
                            cooldown_ms: number;
                            /** @default [] */
                            equal: string[];
                            /** @default [] */
                            escalation: {
                                after_ms: number;
                                channels: string[];
                            }[];
                            /** @default rule */
                            group_by: string;
                            /** @default null */
                            group_interval_ms: number | null;
                            /** @default null */
                            group_labels: string[] | null;
                            /** @default null */
                            group_wait_ms: number | null;
                            /** @default [] */
                            inhibited_by: string[];
                            /** @default 0 */
                            repeat_ms: number;
                            /** @default  */
                            title_template: string;
                        };
                        /** @default  */
                        reason: string;
                        /** @default  */
                        reason_code: string;
                        /** @default {} */
                        reason_values: Record<string, never>;
                        /** @default 0 */
                        reminders: number;
                        /** @default  */
                        request_id: string;
                        /** @default 0 */
                        resolved_at_ms: number;
                        /** @default  */
                        resolved_by: string;
                        /** @default  */
                        resolved_by_principal: string;
                        /** @default [] */
                        routes: {
                            /** @default [] */
                            active_times: string[];
                            /** @default [] */
                            channels: string[];
                            /** @default [] */
                            mute_times: string[];
                            /** @default  */
                            name: string;
                            place: string;
                        }[];
                        rule_id: string;
                        rule_name: string;
                        /** @default  */
                        runbook_url: string;
                        /** @enum {unknown} */
                        severity: "critical" | "emergency" | "error" | "info" | "warning";
                        started_at_ms: number;
                        /** @enum {unknown} */
                        state: "acknowledged" | "firing" | "pending" | "resolved";
                        /** @default {} */
                        suppressed: {
                            [key: string]: string;
                        };
                        /** @default {} */
                        suppressed_reasons: {
                            [key: string]: {
                                code: string;
                                /** @default {} */
                                values: Record<string, never>;
                            };
                        };
                        /** @default null */
                        threshold: number | null;
                        /** @default 0 */
                        updated_at_ms: number;
                        /** @default null */
                        value: number | null;
                        /** @default 0 */
                        version: number;
                    };
                };
            };
        };
    };
    explanations_of_alert_alerts__alert_id__explanation_get: {
        parameters: {
            query?: {
                /** @description Only this channel; all of the alert's if left out. */
                channel?: string;
            };
            header?: never;
            path: {
                alert_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        alert_id: string;
                        at_ms: number;
                        conclusion: {
                            at_ms: number | null;
                            passes: boolean | null;
                            reason: string;
                            reason_code: string;
                            reason_values: {
                                [key: string]: unknown;
                            };
                        };
                        differences: number;
                        notes: {
                            reason: string;
                            reason_code: string;
                            reason_values: {
                                [key: string]: unknown;
                            };
                        }[];
                        plugin_id: string;
                        plugin_name: string;
                        rule_id: string;
                        rule_name: string;
                        steps: {
                            channel: string;
                            differs: boolean;
                            recomputed: {
                                at_ms: number | null;
                                passes: boolean | null;
                                reason: string;
                                reason_code: string;
                                reason_values: {
                                    [key: string]: unknown;
                                };
                            } | null;
                            recorded: {
                                at_ms: number | null;
                                passes: boolean | null;
                                reason: string;
                                reason_code: string;
                                reason_values: {
                                    [key: string]: unknown;
                                };
                            } | null;
                            step: string;
                        }[];
                    };
                };
            };
        };
    };
    alerts_resolve__alert_id__resolve_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alert_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * Comment
                     * @default
                     */
                    comment?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @default 0 */
                        acknowledged_at_ms: number;
                        /** @default  */
                        acknowledged_by: string;
                        /** @default  */
                        acknowledged_by_principal: string;
                        /** @default 0 */
                        announced_episode: number;
                        /** @default  */
                        assignee: string;
                        channels: string[];
                        condition: string;
                        /** @default  */
                        description: string;
                        /** @default 0 */
                        episode: number;
                        /** @default 0 */
                        escalated: number;
                        /** @default null */
                        external: {
                            /** @default {} */
                            annotations: {
                                [key: string]: string;
                            };
                            fingerprint: string;
                            /** @default  */
                            generator_url: string;
                            /** @default  */
                            sender: string;
                        } | null;
                        /** @default 0 */
                        fired_at_ms: number;
                        /** @default  */
                        group: string;
                        /** @default 0 */
                        hold_until_ms: number;
                        id: string;
                        /** @default {} */
                        labels: {
                            [key: string]: string;
                        };
                        /** @default 0 */
                        let_through_at_ms: number;
                        /** @default  */
                        metric: string;
                        /** @default {} */
                        muted: {
                            [key: string]: string;
                        };
                        /** @default  */
                        parent_id: string;
                        plugin_id: string;
                        plugin_name: string;
                        /**
                         * Policy
                         * @description The rule's settings for notifications, copied from the rule when it fired.
                         */
                        policy?: {
                            /** @default  */
                            body_template: string;
                            /** @default 0 */
                            cooldown_ms: number;
                            /** @default [] */
                            equal: string[];
                            /** @default [] */
                            escalation: {
                                after_ms: number;
                                channels: string[];
                            }[];
                            /** @default rule */
                            group_by: string;
                            /** @default null */
                            group_interval_ms: number | null;
                            /** @default null */
                            group_labels: string[] | null;
                            /** @default null */
                            group_wait_ms: number | null;
                            /** @default [] */
                            inhibited_by: string[];
                            /** @default 0 */
                            repeat_ms: number;
                            /** @default  */
                            title_template: string;
                        };
                        /** @default  */
                        reason: string;
                        /** @default  */
                        reason_code: string;
                        /** @default {} */
                        reason_values: Record<string, never>;
                        /** @default 0 */
                        reminders: number;
                        /** @default  */
                        request_id: string;
                        /** @default 0 */
                        resolved_at_ms: number;
                        /** @default  */
                        resolved_by: string;
                        /** @default  */
                        resolved_by_principal: string;
                        /** @default [] */
                        routes: {
                            /** @default [] */
                            active_times: string[];
                            /** @default [] */
                            channels: string[];
                            /** @default [] */
                            mute_times: string[];
                            /** @default  */
                            name: string;
                            place: string;
                        }[];
                        rule_id: string;
                        rule_name: string;
                        /** @default  */
                        runbook_url: string;
                        /** @enum {unknown} */
                        severity: "critical" | "emergency" | "error" | "info" | "warning";
                        started_at_ms: number;
                        /** @enum {unknown} */
                        state: "acknowledged" | "firing" | "pending" | "resolved";
                        /** @default {} */
                        suppressed: {
                            [key: string]: string;
                        };
                        /** @default {} */
                        suppressed_reasons: {
                            [key: string]: {
                                code: string;
                                /** @default {} */
                                values: Record<string, never>;
                            };
                        };
                        /** @default null */
                        threshold: number | null;
                        /** @default 0 */
                        updated_at_ms: number;
                        /** @default null */
                        value: number | null;
                        /** @default 0 */
                        version: number;
                    };
                };
            };
        };
    };
    access_all_keys_api_keys_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        api_keys: {
                            created_at_ms: number;
                            created_by: string;
                            created_by_principal: string;
                            doors: string[];
                            expires_at_ms: number | null;
                            id: string;
                            last_used_at_ms?: number | null;
                            name: string;
                            plugins: string[];
                            /** @enum {string} */
                            role: "publisher" | "viewer" | "operator" | "admin";
                        }[];
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
        };
    };
    access_create_key_api_keys_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewKey"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created_at_ms: number;
                        created_by: string;
                        created_by_principal: string;
                        doors: string[];
                        expires_at_ms: number | null;
                        id: string;
                        key: string;
                        name: string;
                        plugins: string[];
                        /** @enum {string} */
                        role: "publisher" | "viewer" | "operator" | "admin";
                    };
                };
            };
        };
    };
    access_revoke_key_api_keys__key_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoked */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    access_search_audit_audit_get: {
        parameters: {
            query?: {
                /** @description Name of the caller; several callers can share one. */
                by?: string | null;
                /** @description Kind and id of the caller, e.g. `user:kim`. */
                principal?: string | null;
                /** @description The action or its beginning: rule, channel.save, … */
                action?: string | null;
                target?: string | null;
                since_ms?: number | null;
                until_ms?: number | null;
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        entries: {
                            action: string;
                            /** @default  */
                            address: string;
                            /** @default null */
                            after: unknown;
                            at_ms: number;
                            /** @default null */
                            before: unknown;
                            by: string;
                            /** @default  */
                            id: string;
                            /** @default  */
                            principal: string;
                            /** @default  */
                            request_id: string;
                            target: string;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    session_refresh_api_enhanced_alerts_auth_refresh_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshToken"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        access_token: string;
                        expires_in: number;
                        refresh_token: string;
                        token_type: string;
                    };
                };
            };
        };
    };
    session_revoke_api_enhanced_alerts_auth_revoke_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshToken"];
            };
        };
        responses: {
            /** @description Whatever it was, it is no good now */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    session_tokens_api_enhanced_alerts_auth_tokens_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Password"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        access_token: string;
                        expires_in: number;
                        refresh_token: string;
                        token_type: string;
                    };
                };
            };
        };
    };
    system_backup_file_api_enhanced_alerts_backup_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/gzip": unknown;
                };
            };
        };
    };
    notifications_twilio_callbacks_twilio__channel_name__post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channel_name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Noted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    channels_all_channels_channels_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        channels: {
                            config: {
                                [key: string]: unknown;
                            };
                            configured: boolean;
                            enabled: boolean;
                            failures: number;
                            kind: string;
                            name: string;
                            pause: string | null;
                            source: ("stored" | "environment") | null;
                            version: string;
                        }[];
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
        };
    };
    channels_all_configurations_channels_config_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: {
                            config: {
                                [key: string]: unknown;
                            };
                            configured: boolean;
                            enabled: boolean;
                            failures: number;
                            kind: string;
                            pause: string | null;
                            source: ("stored" | "environment") | null;
                            version: string;
                        };
                    };
                };
            };
        };
    };
    channels_health_channels_health_get: {
        parameters: {
            query?: {
                hours?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: {
                            dead: number;
                            dead_letters: number;
                            failed: number;
                            p95_ms: number | null;
                            queued: number;
                            sent: number;
                            success_rate: number | null;
                        };
                    };
                };
            };
        };
    };
    channels_kinds_channels_kinds_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: {
                            [key: string]: unknown;
                        };
                    };
                };
            };
        };
    };
    channels_configure_channels__channel_name__config_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channel_name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfigBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        config: {
                            [key: string]: unknown;
                        };
                        configured: boolean;
                        enabled: boolean;
                    };
                };
            };
        };
    };
    channels_forget_channels__channel_name__config_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channel_name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed, if it was there */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    rules_conditions_conditions_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: {
                            [key: string]: unknown;
                        };
                    };
                };
            };
        };
    };
    system_refused_events_api_enhanced_alerts_dead_letters_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        dead_letters: {
                            at_ms: number;
                            partition: number;
                            payload: string;
                            reason: string;
                            reason_code: string;
                            reason_values: {
                                [key: string]: unknown;
                            };
                        }[];
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
        };
    };
    events_publish_events_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    plugin_id: string;
                } | {
                    plugin_id: string;
                }[];
            };
        };
        responses: {
            /** @description Taken, at least in part */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        accepted: number;
                        dropped: {
                            field: string;
                            index: number;
                            plugin_id: string;
                            reason: string;
                            reason_code: string;
                            reason_values: {
                                [key: string]: unknown;
                            };
                        }[];
                        dropped_values: number;
                        rejected: {
                            field: string;
                            index: number;
                            plugin_id: string;
                            reason: string;
                            reason_code: string;
                            reason_values: {
                                [key: string]: unknown;
                            };
                        }[];
                    };
                };
            };
        };
    };
    explanations_of_place_explanation_get: {
        parameters: {
            query: {
                rule_id: string;
                plugin_id: string;
                /** @description An instant that has passed, epoch ms. */
                at_ms: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        alert_id: string;
                        at_ms: number;
                        conclusion: {
                            at_ms: number | null;
                            passes: boolean | null;
                            reason: string;
                            reason_code: string;
                            reason_values: {
                                [key: string]: unknown;
                            };
                        };
                        differences: number;
                        notes: {
                            reason: string;
                            reason_code: string;
                            reason_values: {
                                [key: string]: unknown;
                            };
                        }[];
                        plugin_id: string;
                        plugin_name: string;
                        rule_id: string;
                        rule_name: string;
                        steps: {
                            channel: string;
                            differs: boolean;
                            recomputed: {
                                at_ms: number | null;
                                passes: boolean | null;
                                reason: string;
                                reason_code: string;
                                reason_values: {
                                    [key: string]: unknown;
                                };
                            } | null;
                            recorded: {
                                at_ms: number | null;
                                passes: boolean | null;
                                reason: string;
                                reason_code: string;
                                reason_values: {
                                    [key: string]: unknown;
                                };
                            } | null;
                            step: string;
                        }[];
                    };
                };
            };
        };
    };
    imports_list_imports_imports_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        imports: {
                            at_ms: number;
                            by: string;
                            by_principal: string;
                            changed_since: string[];
                            channels: string[];
                            has_routes: boolean;
                            source: string;
                            system: string;
                        }[];
                    };
                };
            };
        };
    };
    imports_apply_import_imports__system__post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                system: "alertmanager" | "grafana";
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImportFiles"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        changed_channels: string[];
                        channels: {
                            [key: string]: {
                                [key: string]: unknown;
                            };
                        };
                        /**
                         * Difference
                         * @description What an import would change.
                         */
                        difference: {
                            added: string[];
                            replaced: string[];
                            replaces_routes: boolean;
                            routes_before: number;
                            routes_version: number;
                        };
                        findings: {
                            because: string;
                            line: number;
                            lost: boolean;
                            name: string;
                            reason: {
                                [key: string]: unknown;
                            };
                        }[];
                        has_changed: boolean;
                        routes: {
                            [key: string]: unknown;
                        };
                        routes_version: number;
                        summary: string;
                        taken: {
                            kind: string;
                            line: number;
                            name: string;
                            result: string;
                        }[];
                    };
                };
            };
        };
    };
    imports_try_import_imports__system__dry_run_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                system: "alertmanager" | "grafana";
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImportFiles"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        channels: {
                            [key: string]: {
                                [key: string]: unknown;
                            };
                        };
                        /**
                         * Difference
                         * @description What an import would change.
                         */
                        difference: {
                            added: string[];
                            replaced: string[];
                            replaces_routes: boolean;
                            routes_before: number;
                            routes_version: number;
                        };
                        findings: {
                            because: string;
                            line: number;
                            lost: boolean;
                            name: string;
                            reason: {
                                [key: string]: unknown;
                            };
                        }[];
                        routes: {
                            [key: string]: unknown;
                        };
                        summary: string;
                        taken: {
                            kind: string;
                            line: number;
                            name: string;
                            result: string;
                        }[];
                    };
                };
            };
        };
    };
    imports_undo_import_imports__system__undo_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                system: "alertmanager" | "grafana";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        changed_channels: string[];
                    };
                };
            };
        };
    };
    scrapes_all_files_ingest_files_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        files: {
                            error: string;
                            error_code: string;
                            error_values: {
                                [key: string]: unknown;
                            };
                            host: string;
                            job: string;
                            path: string;
                            read_at_ms: number;
                            seen_at_ms: number;
                            targets: number;
                        }[];
                    };
                };
            };
        };
    };
    scrapes_all_jobs_ingest_jobs_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        jobs: {
                            /** @description Its mask, or empty. */
                            bearer_token: string;
                            /**
                             * Ca Certificate
                             * @description PEM; trusted for these targets instead of all other certificates.
                             * @default
                             */
                            ca_certificate: string;
                            /**
                             * Enabled
                             * @default true
                             */
                            enabled: boolean;
                            /**
                             * Interval Seconds
                             * @default 30
                             */
                            interval_seconds: number;
                            /**
                             * Labels
                             * @description Added to every series.
                             * @default {}
                             */
                            labels: {
                                [key: string]: string;
                            };
                            /**
                             * Name
                             * @description Value of the label `job`.
                             */
                            name: string;
                            /**
                             * Params
                             * @description Parameters of the address's query.
                             * @default {}
                             */
                            params: {
                                [key: string]: string;
                            };
                            /** @description Its mask, or empty. */
                            password: string;
                            /**
                             * Path
                             * @default /metrics
                             */
                            path: string;
                            /**
                             * Scheme
                             * @default http
                             * @enum {string}
                             */
                            scheme: "http" | "https";
                            /**
                             * Targets
                             * @description Addresses, `host:port`. May be empty if the job's targets come from a file of its name.
                             * @default []
                             */
                            targets: string[];
                            /**
                             * Timeout Seconds
                             * @description At most the interval.
                             * @default 10
                             */
                            timeout_seconds: number;
                            /**
                             * Username
                             * @description For Basic authentication.
                             * @default
                             */
                            username: string;
                            version: string;
                        }[];
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
        };
    };
    scrapes_one_ingest_jobs__job_name__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Its mask, or empty. */
                        bearer_token: string;
                        /**
                         * Ca Certificate
                         * @description PEM; trusted for these targets instead of all other certificates.
                         * @default
                         */
                        ca_certificate: string;
                        /**
                         * Enabled
                         * @default true
                         */
                        enabled: boolean;
                        /**
                         * Interval Seconds
                         * @default 30
                         */
                        interval_seconds: number;
                        /**
                         * Labels
                         * @description Added to every series.
                         * @default {}
                         */
                        labels: {
                            [key: string]: string;
                        };
                        /**
                         * Name
                         * @description Value of the label `job`.
                         */
                        name: string;
                        /**
                         * Params
                         * @description Parameters of the address's query.
                         * @default {}
                         */
                        params: {
                            [key: string]: string;
                        };
                        /** @description Its mask, or empty. */
                        password: string;
                        /**
                         * Path
                         * @default /metrics
                         */
                        path: string;
                        /**
                         * Scheme
                         * @default http
                         * @enum {string}
                         */
                        scheme: "http" | "https";
                        /**
                         * Targets
                         * @description Addresses, `host:port`. May be empty if the job's targets come from a file of its name.
                         * @default []
                         */
                        targets: string[];
                        /**
                         * Timeout Seconds
                         * @description At most the interval.
                         * @default 10
                         */
                        timeout_seconds: number;
                        /**
                         * Username
                         * @description For Basic authentication.
                         * @default
                         */
                        username: string;
                        version: string;
                    };
                };
            };
        };
    };
    scrapes_replace_ingest_jobs__job_name__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Its mask, or empty. */
                        bearer_token: string;
                        /**
                         * Ca Certificate
                         * @description PEM; trusted for these targets instead of all other certificates.
                         * @default
                         */
                        ca_certificate: string;
                        /**
                         * Enabled
                         * @default true
                         */
                        enabled: boolean;
                        /**
                         * Interval Seconds
                         * @default 30
                         */
                        interval_seconds: number;
                        /**
                         * Labels
                         * @description Added to every series.
                         * @default {}
                         */
                        labels: {
                            [key: string]: string;
                        };
                        /**
                         * Name
                         * @description Value of the label `job`.
                         */
                        name: string;
                        /**
                         * Params
                         * @description Parameters of the address's query.
                         * @default {}
                         */
                        params: {
                            [key: string]: string;
                        };
                        /** @description Its mask, or empty. */
                        password: string;
                        /**
                         * Path
                         * @default /metrics
                         */
                        path: string;
                        /**
                         * Scheme
                         * @default http
                         * @enum {string}
                         */
                        scheme: "http" | "https";
                        /**
                         * Targets
                         * @description Addresses, `host:port`. May be empty if the job's targets come from a file of its name.
                         * @default []
                         */
                        targets: string[];
                        /**
                         * Timeout Seconds
                         * @description At most the interval.
                         * @default 10
                         */
                        timeout_seconds: number;
                        /**
                         * Username
                         * @description For Basic authentication.
                         * @default
                         */
                        username: string;
                        version: string;
                    };
                };
            };
        };
    };
    scrapes_delete_ingest_jobs__job_name__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ingest_mapping_ingest_mapping_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at_ms: number;
                        by: string;
                        by_principal: string;
                        mapping: {
                            default: {
                                drop_labels: string[];
                                drop_metrics: string[];
                                expire_minutes: number;
                                id_labels: string[];
                                keep_metrics: string[];
                            };
                            sources: {
                                [key: string]: {
                                    drop_labels: string[];
                                    drop_metrics: string[];
                                    expire_minutes: number;
                                    id_labels: string[];
                                    keep_metrics: string[];
                                };
                            };
                        };
                        restored: number;
                        version: number;
                    };
                };
            };
        };
    };
    ingest_replace_mapping_ingest_mapping_put: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IngestMapping"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at_ms: number;
                        by: string;
                        by_principal: string;
                        mapping: {
                            default: {
                                drop_labels: string[];
                                drop_metrics: string[];
                                expire_minutes: number;
                                id_labels: string[];
                                keep_metrics: string[];
                            };
                            sources: {
                                [key: string]: {
                                    drop_labels: string[];
                                    drop_metrics: string[];
                                    expire_minutes: number;
                                    id_labels: string[];
                                    keep_metrics: string[];
                                };
                            };
                        };
                        restored: number;
                        version: number;
                    };
                };
            };
        };
    };
    ingest_mapping_history_ingest_mapping_history_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        versions: {
                            at_ms: number;
                            by: string;
                            by_principal: string;
                            mapping: {
                                default: {
                                    drop_labels: string[];
                                    drop_metrics: string[];
                                    expire_minutes: number;
                                    id_labels: string[];
                                    keep_metrics: string[];
                                };
                                sources: {
                                    [key: string]: {
                                        drop_labels: string[];
                                        drop_metrics: string[];
                                        expire_minutes: number;
                                        id_labels: string[];
                                        keep_metrics: string[];
                                    };
                                };
                            };
                            restored: number;
                            version: number;
                        }[];
                    };
                };
            };
        };
    };
    ingest_restore_mapping_ingest_mapping_restore_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EarlierVersion"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at_ms: number;
                        by: string;
                        by_principal: string;
                        mapping: {
                            default: {
                                drop_labels: string[];
                                drop_metrics: string[];
                                expire_minutes: number;
                                id_labels: string[];
                                keep_metrics: string[];
                            };
                            sources: {
                                [key: string]: {
                                    drop_labels: string[];
                                    drop_metrics: string[];
                                    expire_minutes: number;
                                    id_labels: string[];
                                    keep_metrics: string[];
                                };
                            };
                        };
                        restored: number;
                        version: number;
                    };
                };
            };
        };
    };
    ingest_try_mapping_ingest_mapping_try_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IngestMapping"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        added_metrics: string[];
                        alerts: {
                            alert_id: string;
                            becomes: string[];
                            plugin_id: string;
                            rule_name: string;
                        }[];
                        alerts_count: number;
                        dropped_metrics: string[];
                        dropped_metrics_count: number;
                        one_of: number;
                        plugins_after: number;
                        plugins_before: number;
                        renamed: {
                            after: string[];
                            before: string;
                        }[];
                        renamed_count: number;
                        series: number;
                        series_count: number;
                    };
                };
            };
        };
    };
    scrapes_all_targets_ingest_targets_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        next_cursor: string | null;
                        targets: {
                            at_ms: number;
                            duration_ms: number;
                            error: string;
                            error_code: string;
                            error_values: {
                                [key: string]: unknown;
                            };
                            id: string;
                            job: string;
                            labels: {
                                [key: string]: string;
                            };
                            refused: number;
                            samples: number;
                            size_bytes: number;
                            source: string;
                            /** @enum {string} */
                            state: "up" | "down" | "waiting";
                            url: string;
                        }[];
                        total: number;
                    };
                };
            };
        };
    };
    json_webhooks_webhooks_ingest_webhooks_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at_ms: number;
                        by: string;
                        by_principal: string;
                        mappings: {
                            webhooks: {
                                [key: string]: {
                                    /**
                                     * Alerts
                                     * @description Where the list of alerts is; empty: the body is the list, or one alert.
                                     * @default
                                     */
                                    alerts: string;
                                    /**
                                     * All Annotations
                                     * @description An object all of whose values become annotations.
                                     * @default
                                     */
                                    all_annotations: string;
                                    /**
                                     * All Labels
                                     * @description An object all of whose values become labels.
                                     * @default
                                     */
                                    all_labels: string;
                                    /**
                                     * Annotations
                                     * @description Annotation, such as summary → path.
                                     */
                                    annotations: {
                                        [key: string]: string;
                                    };
                                    /**
                                     * Ends At
                                     * @description As `starts_at`.
                                     * @default
                                     */
                                    ends_at: string;
                                    /**
                                     * Expire Minutes
                                     * @description Minutes after which an alert ends of which nothing more is heard; 0: what the label mapping says. Less than 5 count as 5.
                                     * @default 0
                                     */
                                    expire_minutes: number;
                                    /**
                                     * Identity
                                     * @description What the sender knows the alert by, the same at its end; empty: all labels are its identity.
                                     * @default []
                                     */
                                    identity: string[];
                                    /**
                                     * Labels
                                     * @description Label → path.
                                     */
                                    labels: {
                                        [key: string]: string;
                                    };
                                    /**
                                     * FoundText
                                     * @description A text of an alert.
                                     */
                                    name: {
                                        /**
                                         * Default
                                         * @description Taken where the path finds nothing.
                                         * @default
                                         */
                                        default: string;
                                        /**
                                         * Path
                                         * @description Where it is in the alert; `$.` begins at the whole body.
                                         * @default
                                         */
                                        path: string;
                                    };
                                    /**
                                     * FoundText
                                     * @description A text of an alert.
                                     */
                                    plugin: {
                                        /**
                                         * Default
                                         * @description Taken where the path finds nothing.
                                         * @default
                                         */
                                        default: string;
                                        /**
                                         * Path
                                         * @description Where it is in the alert; `$.` begins at the whole body.
                                         * @default
                                         */
                                        path: string;
                                    };
                                    /**
                                     * FoundSeverity
                                     * @description The severity of an alert.
                                     */
                                    severity: {
                                        /**
                                         * Default
                                         * @description Taken where the path finds nothing.
                                         * @default
                                         */
                                        default: string;
                                        /**
                                         * Path
                                         * @description Where it is in the alert; `$.` begins at the whole body.
                                         * @default
                                         */
                                        path: string;
                                        /**
                                         * Values
                                         * @description The sender's word, in any case → severity; other words mean what EXTERNAL_SEVERITIES says.
                                         */
                                        values: {
                                            [key: string]: "info" | "warning" | "error" | "critical" | "emergency";
                                        };
                                    };
                                    /**
                                     * Starts At
                                     * @description ISO 8601, or a number since 1970 in s, ms, µs or ns.
                                     * @default
                                     */
                                    starts_at: string;
                                    /**
                                     * FoundState
                                     * @description Whether an alert fires or has ended. Words are compared in any case.
                                     */
                                    state: {
                                        /**
                                         * Firing
                                         * @description Words for an alert that fires; empty: all that are in no other list.
                                         * @default []
                                         */
                                        firing: string[];
                                        /**
                                         * Ignored
                                         * @description Words that change nothing.
                                         * @default []
                                         */
                                        ignored: string[];
                                        /**
                                         * Path
                                         * @description Where it is; empty: alerts fire, unless `ends_at` has passed.
                                         * @default
                                         */
                                        path: string;
                                        /**
                                         * Resolved
                                         * @description Words for an alert that has ended.
                                         * @default []
                                         */
                                        resolved: string[];
                                    };
                                    /**
                                     * Url
                                     * @description The sender's page about the alert.
                                     * @default
                                     */
                                    url: string;
                                };
                            };
                        };
                        restored: number;
                        version: number;
                    };
                };
            };
        };
    };
    json_webhooks_replace_webhooks_ingest_webhooks_put: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BodyMappings"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at_ms: number;
                        by: string;
                        by_principal: string;
                        mappings: {
                            webhooks: {
                                [key: string]: {
                                    /**
                                     * Alerts
                                     * @description Where the list of alerts is; empty: the body is the list, or one alert.
                                     * @default
                                     */
                                    alerts: string;
                                    /**
                                     * All Annotations
                                     * @description An object all of whose values become annotations.
                                     * @default
                                     */
                                    all_annotations: string;
                                    /**
                                     * All Labels
                                     * @description An object all of whose values become labels.
                                     * @default
                                     */
                                    all_labels: string;
                                    /**
                                     * Annotations
                                     * @description Annotation, such as summary → path.
                                     */
                                    annotations: {
                                        [key: string]: string;
                                    };
                                    /**
                                     * Ends At
                                     * @description As `starts_at`.
                                     * @default
                                     */
                                    ends_at: string;
                                    /**
                                     * Expire Minutes
                                     * @description Minutes after which an alert ends of which nothing more is heard; 0: what the label mapping says. Less than 5 count as 5.
                                     * @default 0
                                     */
                                    expire_minutes: number;
                                    /**
                                     * Identity
                                     * @description What the sender knows the alert by, the same at its end; empty: all labels are its identity.
                                     * @default []
                                     */
                                    identity: string[];
                                    /**
                                     * Labels
                                     * @description Label → path.
                                     */
                                    labels: {
                                        [key: string]: string;
                                    };
                                    /**
                                     * FoundText
                                     * @description A text of an alert.
                                     */
                                    name: {
                                        /**
                                         * Default
                                         * @description Taken where the path finds nothing.
                                         * @default
                                         */
                                        default: string;
                                        /**
                                         * Path
                                         * @description Where it is in the alert; `$.` begins at the whole body.
                                         * @default
                                         */
                                        path: string;
                                    };
                                    /**
                                     * FoundText
                                     * @description A text of an alert.
                                     */
                                    plugin: {
                                        /**
                                         * Default
                                         * @description Taken where the path finds nothing.
                                         * @default
                                         */
                                        default: string;
                                        /**
                                         * Path
                                         * @description Where it is in the alert; `$.` begins at the whole body.
                                         * @default
                                         */
                                        path: string;
                                    };
                                    /**
                                     * FoundSeverity
                                     * @description The severity of an alert.
                                     */
                                    severity: {
                                        /**
                                         * Default
                                         * @description Taken where the path finds nothing.
                                         * @default
                                         */
                                        default: string;
                                        /**
                                         * Path
                                         * @description Where it is in the alert; `$.` begins at the whole body.
                                         * @default
                                         */
                                        path: string;
                                        /**
                                         * Values
                                         * @description The sender's word, in any case → severity; other words mean what EXTERNAL_SEVERITIES says.
                                         */
                                        values: {
                                            [key: string]: "info" | "warning" | "error" | "critical" | "emergency";
                                        };
                                    };
                                    /**
                                     * Starts At
                                     * @description ISO 8601, or a number since 1970 in s, ms, µs or ns.
                                     * @default
                                     */
                                    starts_at: string;
                                    /**
                                     * FoundState
                                     * @description Whether an alert fires or has ended. Words are compared in any case.
                                     */
                                    state: {
                                        /**
                                         * Firing
                                         * @description Words for an alert that fires; empty: all that are in no other list.
                                         * @default []
                                         */
                                        firing: string[];
                                        /**
                                         * Ignored
                                         * @description Words that change nothing.
                                         * @default []
                                         */
                                        ignored: string[];
                                        /**
                                         * Path
                                         * @description Where it is; empty: alerts fire, unless `ends_at` has passed.
                                         * @default
                                         */
                                        path: string;
                                        /**
                                         * Resolved
                                         * @description Words for an alert that has ended.
                                         * @default []
                                         */
                                        resolved: string[];
                                    };
                                    /**
                                     * Url
                                     * @description The sender's page about the alert.
                                     * @default
                                     */
                                    url: string;
                                };
                            };
                        };
                        restored: number;
                        version: number;
                    };
                };
            };
        };
    };
    json_webhooks_webhook_bodies_ingest_webhooks_bodies_get: {
        parameters: {
            query?: {
                /** @description Only of this address. */
                name?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        bodies: {
                            at_ms: number;
                            /** @default false */
                            is_cut: boolean;
                            name: string;
                            /** @enum {unknown} */
                            outcome: "partly" | "refused" | "taken";
                            problems: Record<string, never>[];
                            sender: string;
                            size_bytes: number;
                            text: string;
                        }[];
                    };
                };
            };
        };
    };
    json_webhooks_webhooks_history_ingest_webhooks_history_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        versions: {
                            at_ms: number;
                            by: string;
                            by_principal: string;
                            mappings: {
                                webhooks: {
                                    [key: string]: {
                                        /**
                                         * Alerts
                                         * @description Where the list of alerts is; empty: the body is the list, or one alert.
                                         * @default
                                         */
                                        alerts: string;
                                        /**
                                         * All Annotations
                                         * @description An object all of whose values become annotations.
                                         * @default
                                         */
                                        all_annotations: string;
                                        /**
                                         * All Labels
                                         * @description An object all of whose values become labels.
                                         * @default
                                         */
                                        all_labels: string;
                                        /**
                                         * Annotations
                                         * @description Annotation, such as summary → path.
                                         */
                                        annotations: {
                                            [key: string]: string;
                                        };
                                        /**
                                         * Ends At
                                         * @description As `starts_at`.
                                         * @default
                                         */
                                        ends_at: string;
                                        /**
                                         * Expire Minutes
                                         * @description Minutes after which an alert ends of which nothing more is heard; 0: what the label mapping says. Less than 5 count as 5.
                                         * @default 0
                                         */
                                        expire_minutes: number;
                                        /**
                                         * Identity
                                         * @description What the sender knows the alert by, the same at its end; empty: all labels are its identity.
                                         * @default []
                                         */
                                        identity: string[];
                                        /**
                                         * Labels
                                         * @description Label → path.
                                         */
                                        labels: {
                                            [key: string]: string;
                                        };
                                        /**
                                         * FoundText
                                         * @description A text of an alert.
                                         */
                                        name: {
                                            /**
                                             * Default
                                             * @description Taken where the path finds nothing.
                                             * @default
                                             */
                                            default: string;
                                            /**
                                             * Path
                                             * @description Where it is in the alert; `$.` begins at the whole body.
                                             * @default
                                             */
                                            path: string;
                                        };
                                        /**
                                         * FoundText
                                         * @description A text of an alert.
                                         */
                                        plugin: {
                                            /**
                                             * Default
                                             * @description Taken where the path finds nothing.
                                             * @default
                                             */
                                            default: string;
                                            /**
                                             * Path
                                             * @description Where it is in the alert; `$.` begins at the whole body.
                                             * @default
                                             */
                                            path: string;
                                        };
                                        /**
                                         * FoundSeverity
                                         * @description The severity of an alert.
                                         */
                                        severity: {
                                            /**
                                             * Default
                                             * @description Taken where the path finds nothing.
                                             * @default
                                             */
                                            default: string;
                                            /**
                                             * Path
                                             * @description Where it is in the alert; `$.` begins at the whole body.
                                             * @default
                                             */
                                            path: string;
                                            /**
                                             * Values
                                             * @description The sender's word, in any case → severity; other words mean what EXTERNAL_SEVERITIES says.
                                             */
                                            values: {
                                                [key: string]: "info" | "warning" | "error" | "critical" | "emergency";
                                            };
                                        };
                                        /**
                                         * Starts At
                                         * @description ISO 8601, or a number since 1970 in s, ms, µs or ns.
                                         * @default
                                         */
                                        starts_at: string;
                                        /**
                                         * FoundState
                                         * @description Whether an alert fires or has ended. Words are compared in any case.
                                         */
                                        state: {
                                            /**
                                             * Firing
                                             * @description Words for an alert that fires; empty: all that are in no other list.
                                             * @default []
                                             */
                                            firing: string[];
                                            /**
                                             * Ignored
                                             * @description Words that change nothing.
                                             * @default []
                                             */
                                            ignored: string[];
                                            /**
                                             * Path
                                             * @description Where it is; empty: alerts fire, unless `ends_at` has passed.
                                             * @default
                                             */
                                            path: string;
                                            /**
                                             * Resolved
                                             * @description Words for an alert that has ended.
                                             * @default []
                                             */
                                            resolved: string[];
                                        };
                                        /**
                                         * Url
                                         * @description The sender's page about the alert.
                                         * @default
                                         */
                                        url: string;
                                    };
                                };
                            };
                            restored: number;
                            version: number;
                        }[];
                    };
                };
            };
        };
    };
    json_webhooks_restore_webhooks_ingest_webhooks_restore_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EarlierVersion"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at_ms: number;
                        by: string;
                        by_principal: string;
                        mappings: {
                            webhooks: {
                                [key: string]: {
                                    /**
                                     * Alerts
                                     * @description Where the list of alerts is; empty: the body is the list, or one alert.
                                     * @default
                                     */
                                    alerts: string;
                                    /**
                                     * All Annotations
                                     * @description An object all of whose values become annotations.
                                     * @default
                                     */
                                    all_annotations: string;
                                    /**
                                     * All Labels
                                     * @description An object all of whose values become labels.
                                     * @default
                                     */
                                    all_labels: string;
                                    /**
                                     * Annotations
                                     * @description Annotation, such as summary → path.
                                     */
                                    annotations: {
                                        [key: string]: string;
                                    };
                                    /**
                                     * Ends At
                                     * @description As `starts_at`.
                                     * @default
                                     */
                                    ends_at: string;
                                    /**
                                     * Expire Minutes
                                     * @description Minutes after which an alert ends of which nothing more is heard; 0: what the label mapping says. Less than 5 count as 5.
                                     * @default 0
                                     */
                                    expire_minutes: number;
                                    /**
                                     * Identity
                                     * @description What the sender knows the alert by, the same at its end; empty: all labels are its identity.
                                     * @default []
                                     */
                                    identity: string[];
                                    /**
                                     * Labels
                                     * @description Label → path.
                                     */
                                    labels: {
                                        [key: string]: string;
                                    };
                                    /**
                                     * FoundText
                                     * @description A text of an alert.
                                     */
                                    name: {
                                        /**
                                         * Default
                                         * @description Taken where the path finds nothing.
                                         * @default
                                         */
                                        default: string;
                                        /**
                                         * Path
                                         * @description Where it is in the alert; `$.` begins at the whole body.
                                         * @default
                                         */
                                        path: string;
                                    };
                                    /**
                                     * FoundText
                                     * @description A text of an alert.
                                     */
                                    plugin: {
                                        /**
                                         * Default
                                         * @description Taken where the path finds nothing.
                                         * @default
                                         */
                                        default: string;
                                        /**
                                         * Path
                                         * @description Where it is in the alert; `$.` begins at the whole body.
                                         * @default
                                         */
                                        path: string;
                                    };
                                    /**
                                     * FoundSeverity
                                     * @description The severity of an alert.
                                     */
                                    severity: {
                                        /**
                                         * Default
                                         * @description Taken where the path finds nothing.
                                         * @default
                                         */
                                        default: string;
                                        /**
                                         * Path
                                         * @description Where it is in the alert; `$.` begins at the whole body.
                                         * @default
                                         */
                                        path: string;
                                        /**
                                         * Values
                                         * @description The sender's word, in any case → severity; other words mean what EXTERNAL_SEVERITIES says.
                                         */
                                        values: {
                                            [key: string]: "info" | "warning" | "error" | "critical" | "emergency";
                                        };
                                    };
                                    /**
                                     * Starts At
                                     * @description ISO 8601, or a number since 1970 in s, ms, µs or ns.
                                     * @default
                                     */
                                    starts_at: string;
                                    /**
                                     * FoundState
                                     * @description Whether an alert fires or has ended. Words are compared in any case.
                                     */
                                    state: {
                                        /**
                                         * Firing
                                         * @description Words for an alert that fires; empty: all that are in no other list.
                                         * @default []
                                         */
                                        firing: string[];
                                        /**
                                         * Ignored
                                         * @description Words that change nothing.
                                         * @default []
                                         */
                                        ignored: string[];
                                        /**
                                         * Path
                                         * @description Where it is; empty: alerts fire, unless `ends_at` has passed.
                                         * @default
                                         */
                                        path: string;
                                        /**
                                         * Resolved
                                         * @description Words for an alert that has ended.
                                         * @default []
                                         */
                                        resolved: string[];
                                    };
                                    /**
                                     * Url
                                     * @description The sender's page about the alert.
                                     * @default
                                     */
                                    url: string;
                                };
                            };
                        };
                        restored: number;
                        version: number;
                    };
                };
            };
        };
    };
    json_webhooks_try_webhook_ingest_webhooks_try_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Sample"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        alerts: {
                            /** @default {} */
                            annotations: {
                                [key: string]: string;
                            };
                            /** @default 0 */
                            ends_at_ms: number;
                            /** @default  */
                            fingerprint: string;
                            /** @default  */
                            identity: string;
                            /** @default {} */
                            labels: {
                                [key: string]: string;
                            };
                            /** @default  */
                            name: string;
                            number: number;
                            /** @default  */
                            plugin_id: string;
                            /** @default  */
                            severity: string;
                            /** @default 0 */
                            starts_at_ms: number;
                            state: string;
                            /** @default  */
                            url: string;
                        }[];
                        alerts_count: number;
                        problems: {
                            code: string;
                            field: string;
                            is_refused: boolean;
                            message: string;
                            number: number;
                            values: Record<string, never>;
                        }[];
                        problems_count: number;
                    };
                };
            };
        };
    };
    session_ticket_api_enhanced_alerts_live_ticket_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        expires_in_s: number;
                        socket_port: number;
                        socket_url: string;
                        ticket: string;
                    };
                };
            };
        };
    };
    session_me_api_enhanced_alerts_me_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        kind: "user" | "key" | "link" | "token";
                        name: string;
                        /** @enum {string} */
                        role: "publisher" | "viewer" | "operator" | "admin";
                    };
                };
            };
        };
    };
    session_change_password_api_enhanced_alerts_me_password_put: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPassword"];
            };
        };
        responses: {
            /** @description Changed; every session of yours has ended */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    session_my_sessions_api_enhanced_alerts_me_sessions_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        next_cursor: string | null;
                        sessions: {
                            current: boolean;
                            ends_at_ms: number;
                            id: string;
                            /** @enum {string} */
                            kind: "browser" | "program";
                            opened_at_ms: number;
                        }[];
                        total: number;
                    };
                };
            };
        };
    };
    session_end_session_api_enhanced_alerts_me_sessions__session_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ended */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    notifications_dead_notifications_dead_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                limit?: number;
                channel?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        next_cursor: string | null;
                        notifications: {
                            alert_id: string;
                            at_ms: number;
                            attempts: number;
                            channel: string;
                            news: string;
                            plugin_name: string | null;
                            reason: string;
                            reason_code: string;
                            reason_values: {
                                [key: string]: unknown;
                            };
                            rule_name: string | null;
                            state: string | null;
                        }[];
                        total: number;
                    };
                };
            };
        };
    };
    notifications_retry_notifications_retry_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RetryBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        retried: number;
                    };
                };
            };
        };
    };
    system_pipeline_state_api_enhanced_alerts_pipeline_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        evaluator: {
                            ready: boolean;
                            since_ms: number | null;
                        };
                        router: {
                            ready: boolean;
                            since_ms: number | null;
                        };
                        worker: {
                            ready: boolean;
                            since_ms: number | null;
                        };
                    };
                };
            };
        };
    };
    system_plugins_api_enhanced_alerts_plugins_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        next_cursor: string | null;
                        plugins: {
                            active_alerts: number;
                            labels: {
                                [key: string]: string;
                            };
                            last_at_ms: number;
                            metrics: {
                                [key: string]: number;
                            };
                            parent_id: string;
                            plugin_id: string;
                            plugin_name: string;
                            severity: ("info" | "warning" | "error" | "critical" | "emergency") | null;
                            states: {
                                [key: string]: string;
                            };
                        }[];
                        total: number;
                    };
                };
            };
        };
    };
    notifications_push_key_push_key_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        key: string;
                    };
                };
            };
        };
    };
    notifications_subscribe_push_subscriptions_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Subscription"];
            };
        };
        responses: {
            /** @description Subscribed */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                    };
                };
            };
        };
    };
    notifications_unsubscribe_push_subscriptions__subscription_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                subscription_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed, if it was there */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    reports_monthly_reports_monthly_get: {
        parameters: {
            query?: {
                /** @description In which days, weeks and months begin, e.g. Asia/Seoul. */
                timezone?: string;
                /** @description `YYYY-MM`. Default: the last month that is over. */
                month?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        all: {
                            before: {
                                acknowledged: number;
                                alerts: number;
                                at_night: number;
                                flapping: number;
                                mean_ms_to_acknowledge: number | null;
                                mean_ms_to_resolve: number | null;
                                median_ms_to_acknowledge: number | null;
                                median_ms_to_resolve: number | null;
                                month: string;
                                notifications: number;
                                resolved: number;
                                share_at_night: number | null;
                            } | null;
                            name: string;
                            now: {
                                acknowledged: number;
                                alerts: number;
                                at_night: number;
                                flapping: number;
                                mean_ms_to_acknowledge: number | null;
                                mean_ms_to_resolve: number | null;
                                median_ms_to_acknowledge: number | null;
                                median_ms_to_resolve: number | null;
                                month: string;
                                notifications: number;
                                resolved: number;
                                share_at_night: number | null;
                            } | null;
                            title: string;
                        };
                        before: string;
                        computed_at_ms: number;
                        first_at_ms: number | null;
                        from_ms: number;
                        is_over: boolean;
                        left_out: {
                            [key: string]: number;
                        };
                        metrics: {
                            capacity: {
                                date: string;
                                days: number;
                                first_date: string;
                                last_date: string;
                                least_days: number;
                                most_days: number;
                            } | null;
                            changes: {
                                after: number;
                                before: number;
                                day: string;
                                first_day: string;
                                /** @enum {string} */
                                kind: "level" | "slope";
                                last_day: string;
                            }[];
                            /** @enum {string} */
                            direction: "rising" | "falling" | "";
                            growth: {
                                each_week: number;
                                least: number;
                                most: number;
                                ratio: number | null;
                            } | null;
                            level: number;
                            limit: number | null;
                            metric: string;
                            plugin_id: string;
                            rule_id: string;
                        }[];
                        metrics_seen: number;
                        metrics_unseen: number;
                        missing: {
                            days: string[];
                            entries: {
                                entries: number;
                                from_ms: number;
                                to_ms: number;
                            }[];
                            more: number;
                        };
                        month: string;
                        noisiest: {
                            alerts: number;
                            flapping: number;
                            name: string;
                            notifications: number;
                            title: string;
                            unattended: number;
                        }[];
                        plugins: {
                            before: {
                                acknowledged: number;
                                alerts: number;
                                at_night: number;
                                flapping: number;
                                mean_ms_to_acknowledge: number | null;
                                mean_ms_to_resolve: number | null;
                                median_ms_to_acknowledge: number | null;
                                median_ms_to_resolve: number | null;
                                month: string;
                                notifications: number;
                                resolved: number;
                                share_at_night: number | null;
                            } | null;
                            name: string;
                            now: {
                                acknowledged: number;
                                alerts: number;
                                at_night: number;
                                flapping: number;
                                mean_ms_to_acknowledge: number | null;
                                mean_ms_to_resolve: number | null;
                                median_ms_to_acknowledge: number | null;
                                median_ms_to_resolve: number | null;
                                month: string;
                                notifications: number;
                                resolved: number;
                                share_at_night: number | null;
                            } | null;
                            title: string;
                        }[];
                        rules: {
                            before: {
                                acknowledged: number;
                                alerts: number;
                                at_night: number;
                                flapping: number;
                                mean_ms_to_acknowledge: number | null;
                                mean_ms_to_resolve: number | null;
                                median_ms_to_acknowledge: number | null;
                                median_ms_to_resolve: number | null;
                                month: string;
                                notifications: number;
                                resolved: number;
                                share_at_night: number | null;
                            } | null;
                            name: string;
                            now: {
                                acknowledged: number;
                                alerts: number;
                                at_night: number;
                                flapping: number;
                                mean_ms_to_acknowledge: number | null;
                                mean_ms_to_resolve: number | null;
                                median_ms_to_acknowledge: number | null;
                                median_ms_to_resolve: number | null;
                                month: string;
                                notifications: number;
                                resolved: number;
                                share_at_night: number | null;
                            } | null;
                            title: string;
                        }[];
                        teams: {
                            before: {
                                acknowledged: number;
                                alerts: number;
                                at_night: number;
                                flapping: number;
                                mean_ms_to_acknowledge: number | null;
                                mean_ms_to_resolve: number | null;
                                median_ms_to_acknowledge: number | null;
                                median_ms_to_resolve: number | null;
                                month: string;
                                notifications: number;
                                resolved: number;
                                share_at_night: number | null;
                            } | null;
                            name: string;
                            now: {
                                acknowledged: number;
                                alerts: number;
                                at_night: number;
                                flapping: number;
                                mean_ms_to_acknowledge: number | null;
                                mean_ms_to_resolve: number | null;
                                median_ms_to_acknowledge: number | null;
                                median_ms_to_resolve: number | null;
                                month: string;
                                notifications: number;
                                resolved: number;
                                share_at_night: number | null;
                            } | null;
                            title: string;
                        }[];
                        timezone: string;
                        to_ms: number;
                    };
                };
            };
        };
    };
    reports_schedule_in_force_reports_schedule_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at_ms: number;
                        by: string;
                        by_principal: string;
                        mails: {
                            at_ms: number;
                            attempts: number;
                            month: string;
                            possible_duplicates: number;
                            reason: string;
                            reason_code: string;
                            reason_values: {
                                [key: string]: unknown;
                            };
                            /** @enum {string} */
                            status: "due" | "sending" | "sent" | "dead";
                        }[];
                        restored: number;
                        schedule: {
                            [key: string]: unknown;
                        } | null;
                        version: number;
                    };
                };
            };
        };
    };
    reports_replace_schedule_reports_schedule_put: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Schedule"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at_ms: number;
                        by: string;
                        by_principal: string;
                        mails: {
                            at_ms: number;
                            attempts: number;
                            month: string;
                            possible_duplicates: number;
                            reason: string;
                            reason_code: string;
                            reason_values: {
                                [key: string]: unknown;
                            };
                            /** @enum {string} */
                            status: "due" | "sending" | "sent" | "dead";
                        }[];
                        restored: number;
                        schedule: {
                            [key: string]: unknown;
                        } | null;
                        version: number;
                    };
                };
            };
        };
    };
    reports_delete_schedule_reports_schedule_delete: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at_ms: number;
                        by: string;
                        by_principal: string;
                        mails: {
                            at_ms: number;
                            attempts: number;
                            month: string;
                            possible_duplicates: number;
                            reason: string;
                            reason_code: string;
                            reason_values: {
                                [key: string]: unknown;
                            };
                            /** @enum {string} */
                            status: "due" | "sending" | "sent" | "dead";
                        }[];
                        restored: number;
                        schedule: {
                            [key: string]: unknown;
                        } | null;
                        version: number;
                    };
                };
            };
        };
    };
    reports_send_now_reports_schedule_send_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SendNow"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at_ms: number;
                        by: string;
                        by_principal: string;
                        mails: {
                            at_ms: number;
                            attempts: number;
                            month: string;
                            possible_duplicates: number;
                            reason: string;
                            reason_code: string;
                            reason_values: {
                                [key: string]: unknown;
                            };
                            /** @enum {string} */
                            status: "due" | "sending" | "sent" | "dead";
                        }[];
                        restored: number;
                        schedule: {
                            [key: string]: unknown;
                        } | null;
                        version: number;
                    };
                };
            };
        };
    };
    routes_routes_in_force_routes_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at_ms: number;
                        by: string;
                        by_principal: string;
                        restored: number;
                        tree: {
                            [key: string]: unknown;
                        } | null;
                        version: number;
                    };
                };
            };
        };
    };
    routes_replace_routes_routes_put: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RouteTree"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at_ms: number;
                        by: string;
                        by_principal: string;
                        restored: number;
                        tree: {
                            [key: string]: unknown;
                        } | null;
                        version: number;
                    };
                };
            };
        };
    };
    routes_routes_history_routes_history_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        versions: {
                            at_ms: number;
                            by: string;
                            by_principal: string;
                            restored: number;
                            tree: {
                                [key: string]: unknown;
                            } | null;
                            version: number;
                        }[];
                    };
                };
            };
        };
    };
    routes_restore_routes_routes_restore_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EarlierRoutes"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at_ms: number;
                        by: string;
                        by_principal: string;
                        restored: number;
                        tree: {
                            [key: string]: unknown;
                        } | null;
                        version: number;
                    };
                };
            };
        };
    };
    routes_test_routes_routes_test_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RouteTest"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        channels: string[];
                        chosen: {
                            channels: string[];
                            muted_by: string;
                            name: string;
                            place: string;
                        }[];
                        group: string;
                        group_interval_ms: number | null;
                        group_wait_ms: number | null;
                        intervals: {
                            [key: string]: boolean;
                        };
                        muted: {
                            [key: string]: string;
                        };
                        repeat_ms: number;
                        /** @enum {unknown} */
                        severity: "critical" | "emergency" | "error" | "info" | "warning";
                        tried: {
                            depth: number;
                            fits: boolean;
                            found: string;
                            is_chosen: boolean;
                            matchers: {
                                fits: boolean;
                                found: string;
                                matcher: string;
                            }[];
                            misfit: string;
                            name: string;
                            place: string;
                        }[];
                        version: number;
                    };
                };
            };
        };
    };
    backtests_begin_rule_backtests_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BacktestBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        done: number;
                        id: string;
                        result: {
                            comparison: {
                                added: number;
                                added_alerts: {
                                    alert_id: string;
                                    fired_at_ms: number;
                                    plugin_id: string;
                                    resolved_at_ms: number | null;
                                    since_ms: number;
                                    worst: number | null;
                                }[];
                                missed: number;
                                missed_acknowledged: number;
                                missed_alerts: {
                                    alert_id: string;
                                    fired_at_ms: number;
                                    plugin_id: string;
                                    resolved_at_ms: number | null;
                                    since_ms: number;
                                    worst: number | null;
                                }[];
                            } | null;
                            computed_at_ms: number;
                            draft: {
                                alerts: {
                                    alert_id: string;
                                    fired_at_ms: number;
                                    plugin_id: string;
                                    resolved_at_ms: number | null;
                                    since_ms: number;
                                    worst: number | null;
                                }[];
                                at_night: number;
                                by_channel: {
                                    [key: string]: number;
                                };
                                firing: number;
                                firings: number;
                                notifications: number;
                                suppressed: {
                                    [key: string]: number;
                                };
                            };
                            events_from_ms: number | null;
                            from_ms: number;
                            gaps: {
                                from_ms: number;
                                until_ms: number;
                            }[];
                            now: {
                                alerts: {
                                    alert_id: string;
                                    fired_at_ms: number;
                                    plugin_id: string;
                                    resolved_at_ms: number | null;
                                    since_ms: number;
                                    worst: number | null;
                                }[];
                                at_night: number;
                                by_channel: {
                                    [key: string]: number;
                                };
                                firing: number;
                                firings: number;
                                notifications: number;
                                suppressed: {
                                    [key: string]: number;
                                };
                            } | null;
                            plugins: number;
                            rule_id: string;
                            timezone: string;
                            until_ms: number;
                        } | null;
                        /** @enum {string} */
                        state: "waiting" | "running" | "done";
                        total: number;
                    };
                };
            };
            /** @description Not finished */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        done: number;
                        id: string;
                        result: {
                            comparison: {
                                added: number;
                                added_alerts: {
                                    alert_id: string;
                                    fired_at_ms: number;
                                    plugin_id: string;
                                    resolved_at_ms: number | null;
                                    since_ms: number;
                                    worst: number | null;
                                }[];
                                missed: number;
                                missed_acknowledged: number;
                                missed_alerts: {
                                    alert_id: string;
                                    fired_at_ms: number;
                                    plugin_id: string;
                                    resolved_at_ms: number | null;
                                    since_ms: number;
                                    worst: number | null;
                                }[];
                            } | null;
                            computed_at_ms: number;
                            draft: {
                                alerts: {
                                    alert_id: string;
                                    fired_at_ms: number;
                                    plugin_id: string;
                                    resolved_at_ms: number | null;
                                    since_ms: number;
                                    worst: number | null;
                                }[];
                                at_night: number;
                                by_channel: {
                                    [key: string]: number;
                                };
                                firing: number;
                                firings: number;
                                notifications: number;
                                suppressed: {
                                    [key: string]: number;
                                };
                            };
                            events_from_ms: number | null;
                            from_ms: number;
                            gaps: {
                                from_ms: number;
                                until_ms: number;
                            }[];
                            now: {
                                alerts: {
                                    alert_id: string;
                                    fired_at_ms: number;
                                    plugin_id: string;
                                    resolved_at_ms: number | null;
                                    since_ms: number;
                                    worst: number | null;
                                }[];
                                at_night: number;
                                by_channel: {
                                    [key: string]: number;
                                };
                                firing: number;
                                firings: number;
                                notifications: number;
                                suppressed: {
                                    [key: string]: number;
                                };
                            } | null;
                            plugins: number;
                            rule_id: string;
                            timezone: string;
                            until_ms: number;
                        } | null;
                        /** @enum {string} */
                        state: "waiting" | "running" | "done";
                        total: number;
                    };
                };
            };
        };
    };
    backtests_follow_rule_backtests__backtest_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                backtest_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        done: number;
                        id: string;
                        result: {
                            comparison: {
                                added: number;
                                added_alerts: {
                                    alert_id: string;
                                    fired_at_ms: number;
                                    plugin_id: string;
                                    resolved_at_ms: number | null;
                                    since_ms: number;
                                    worst: number | null;
                                }[];
                                missed: number;
                                missed_acknowledged: number;
                                missed_alerts: {
                                    alert_id: string;
                                    fired_at_ms: number;
                                    plugin_id: string;
                                    resolved_at_ms: number | null;
                                    since_ms: number;
                                    worst: number | null;
                                }[];
                            } | null;
                            computed_at_ms: number;
                            draft: {
                                alerts: {
                                    alert_id: string;
                                    fired_at_ms: number;
                                    plugin_id: string;
                                    resolved_at_ms: number | null;
                                    since_ms: number;
                                    worst: number | null;
                                }[];
                                at_night: number;
                                by_channel: {
                                    [key: string]: number;
                                };
                                firing: number;
                                firings: number;
                                notifications: number;
                                suppressed: {
                                    [key: string]: number;
                                };
                            };
                            events_from_ms: number | null;
                            from_ms: number;
                            gaps: {
                                from_ms: number;
                                until_ms: number;
                            }[];
                            now: {
                                alerts: {
                                    alert_id: string;
                                    fired_at_ms: number;
                                    plugin_id: string;
                                    resolved_at_ms: number | null;
                                    since_ms: number;
                                    worst: number | null;
                                }[];
                                at_night: number;
                                by_channel: {
                                    [key: string]: number;
                                };
                                firing: number;
                                firings: number;
                                notifications: number;
                                suppressed: {
                                    [key: string]: number;
                                };
                            } | null;
                            plugins: number;
                            rule_id: string;
                            timezone: string;
                            until_ms: number;
                        } | null;
                        /** @enum {string} */
                        state: "waiting" | "running" | "done";
                        total: number;
                    };
                };
            };
            /** @description Not finished */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        done: number;
                        id: string;
                        result: {
                            comparison: {
                                added: number;
                                added_alerts: {
                                    alert_id: string;
                                    fired_at_ms: number;
                                    plugin_id: string;
                                    resolved_at_ms: number | null;
                                    since_ms: number;
                                    worst: number | null;
                                }[];
                                missed: number;
                                missed_acknowledged: number;
                                missed_alerts: {
                                    alert_id: string;
                                    fired_at_ms: number;
                                    plugin_id: string;
                                    resolved_at_ms: number | null;
                                    since_ms: number;
                                    worst: number | null;
                                }[];
                            } | null;
                            computed_at_ms: number;
                            draft: {
                                alerts: {
                                    alert_id: string;
                                    fired_at_ms: number;
                                    plugin_id: string;
                                    resolved_at_ms: number | null;
                                    since_ms: number;
                                    worst: number | null;
                                }[];
                                at_night: number;
                                by_channel: {
                                    [key: string]: number;
                                };
                                firing: number;
                                firings: number;
                                notifications: number;
                                suppressed: {
                                    [key: string]: number;
                                };
                            };
                            events_from_ms: number | null;
                            from_ms: number;
                            gaps: {
                                from_ms: number;
                                until_ms: number;
                            }[];
                            now: {
                                alerts: {
                                    alert_id: string;
                                    fired_at_ms: number;
                                    plugin_id: string;
                                    resolved_at_ms: number | null;
                                    since_ms: number;
                                    worst: number | null;
                                }[];
                                at_night: number;
                                by_channel: {
                                    [key: string]: number;
                                };
                                firing: number;
                                firings: number;
                                notifications: number;
                                suppressed: {
                                    [key: string]: number;
                                };
                            } | null;
                            plugins: number;
                            rule_id: string;
                            timezone: string;
                            until_ms: number;
                        } | null;
                        /** @enum {string} */
                        state: "waiting" | "running" | "done";
                        total: number;
                    };
                };
            };
        };
    };
    backtests_take_back_rule_backtests__backtest_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                backtest_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Taken back */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    rules_preview_rule_rule_preview_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Rule"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        advice: {
                            reason: string;
                            reason_code: string;
                            reason_values: {
                                [key: string]: unknown;
                            };
                        }[];
                        condition: string;
                        covers: string[];
                        metrics: string[];
                        sentence: {
                            en: string;
                            ko: string;
                        };
                        with_metrics: number;
                    };
                };
            };
        };
    };
    rules_all_rules_rules_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        conditions: {
                            [key: string]: {
                                en: string;
                                ko: string;
                            };
                        };
                        next_cursor: string | null;
                        revision: number;
                        rules: {
                            /**
                             * Auto Resolve
                             * @default true
                             */
                            auto_resolve: boolean;
                            /**
                             * Body Template
                             * @description Jinja2 template of the body; empty: the default.
                             * @default
                             */
                            body_template: string;
                            /** Channels */
                            channels?: string[];
                            /**
                             * Condition
                             * @description `kind` and the fields of that kind.
                             * @default null
                             */
                            condition: {
                                [key: string]: unknown;
                            } | null;
                            /**
                             * Cooldown Minutes
                             * @default 5
                             */
                            cooldown_minutes: number;
                            /**
                             * Description
                             * @default
                             */
                            description: string;
                            /**
                             * Edited
                             * @description Edited after `rules apply`; the next apply undoes the edit.
                             * @default false
                             */
                            edited: boolean;
                            /**
                             * Enabled
                             * @default true
                             */
                            enabled: boolean;
                            /**
                             * Equal
                             * @description Names of labels, e.g. `instance`: rules of `inhibited_by` also hold this one back from plugins whose values of all these labels are equal.
                             */
                            equal?: string[];
                            /** Escalation */
                            escalation?: {
                                /** After Minutes */
                                after_minutes: number;
                                /** Channels */
                                channels: string[];
                            }[];
                            /**
                             * For Seconds
                             * @description How long the condition must hold before it fires.
                             * @default 0
                             */
                            for_seconds: number;
                            /**
                             * Gone After Seconds
                             * @description A series that has been silent for so long has ended. Not set: only its sender can state it.
                             * @default null
                             */
                            gone_after_seconds: number | null;
                            /**
                             * Group By
                             * @description Which alerts share a notification: `rule`, `plugin`, `severity`, `none` or `label:<name>`.
                             * @default rule
                             */
                            group_by: string;
                            /**
                             * Id
                             * @description Generated if left out.
                             */
                            id?: string;
                            /**
                             * Inhibited By
                             * @description Ids or globs of rules: while one fires for the same plugin, this one notifies no channel.
                             */
                            inhibited_by?: string[];
                            /**
                             * Label Matchers
                             * @description Only plugins whose label has one of several values, or, with `is_equal` false, none of them.
                             */
                            label_matchers?: {
                                /**
                                 * Is Equal
                                 * @description False: none of them may match.
                                 * @default true
                                 */
                                is_equal: boolean;
                                /** Label */
                                label: string;
                                /**
                                 * Values
                                 * @description Globs; one of them must match.
                                 */
                                values: string[];
                            }[];
                            /**
                             * Labels
                             * @description Only plugins with these labels; values are globs.
                             */
                            labels?: {
                                [key: string]: string;
                            };
                            /**
                             * Metric
                             * @default null
                             */
                            metric: string | null;
                            /** Name */
                            name: string;
                            /**
                             * Operator
                             * @default null
                             */
                            operator: (">" | ">=" | "<" | "<=" | "==" | "!=") | null;
                            /**
                             * Origin
                             * @description Full path of the rule's file; set by `rules apply`.
                             * @default
                             */
                            origin: string;
                            /**
                             * Overrides
                             * @description A key: for one plugin, the rule with `plugin_id` replaces more general rules with the same key.
                             * @default null
                             */
                            overrides: string | null;
                            /**
                             * Plugin Id
                             * @description Only this plugin.
                             * @default null
                             */
                            plugin_id: string | null;
                            /**
                             * Plugins
                             * @description Only plugins matching this glob.
                             * @default null
                             */
                            plugins: string | null;
                            /** @default null */
                            recover: {
                                /**
                                 * For Seconds
                                 * @description How long the recovery must last.
                                 * @default 0
                                 */
                                for_seconds: number;
                                /**
                                 * Threshold
                                 * @description A separate threshold for recovery (hysteresis).
                                 * @default null
                                 */
                                threshold: number | null;
                            } | null;
                            /**
                             * Repeat Minutes
                             * @description Minutes between reminders; 0: none. Default: 60 from severity error up, else 0.
                             * @default null
                             */
                            repeat_minutes: number | null;
                            /**
                             * Revision
                             * @description Set by the store; grows with every change of any rule.
                             * @default 0
                             */
                            revision: number;
                            /**
                             * Runbook Url
                             * @default
                             */
                            runbook_url: string;
                            /**
                             * Severity
                             * @default warning
                             * @enum {string}
                             */
                            severity: "info" | "warning" | "error" | "critical" | "emergency";
                            /**
                             * Source
                             * @description The file that the rule came from, e.g. `file:host.toml`; set by `rules apply`.
                             * @default
                             */
                            source: string;
                            /**
                             * Threshold
                             * @default null
                             */
                            threshold: number | null;
                            /**
                             * Title Template
                             * @description Jinja2 template of the title; empty: the default.
                             * @default
                             */
                            title_template: string;
                            /**
                             * When Gone
                             * @description What becomes of alerts when the series of the metric ends, as its sender says or after `gone_after_seconds`: they resolve, are held as they are, or fire.
                             * @default resolve
                             * @enum {string}
                             */
                            when_gone: "resolve" | "hold" | "fire";
                        }[];
                        total: number;
                        unreadable: {
                            [key: string]: string;
                        };
                    };
                };
            };
        };
    };
    rules_create_rules_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Rule"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Auto Resolve
                         * @default true
                         */
                        auto_resolve: boolean;
                        /**
                         * Body Template
                         * @description Jinja2 template of the body; empty: the default.
                         * @default
                         */
                        body_template: string;
                        /** Channels */
                        channels?: string[];
                        /**
                         * Condition
                         * @description `kind` and the fields of that kind.
                         * @default null
                         */
                        condition: {
                            [key: string]: unknown;
                        } | null;
                        /**
                         * Cooldown Minutes
                         * @default 5
                         */
                        cooldown_minutes: number;
                        /**
                         * Description
                         * @default
                         */
                        description: string;
                        /**
                         * Edited
                         * @description Edited after `rules apply`; the next apply undoes the edit.
                         * @default false
                         */
                        edited: boolean;
                        /**
                         * Enabled
                         * @default true
                         */
                        enabled: boolean;
                        /**
                         * Equal
                         * @description Names of labels, e.g. `instance`: rules of `inhibited_by` also hold this one back from plugins whose values of all these labels are equal.
                         */
                        equal?: string[];
                        /** Escalation */
                        escalation?: {
                            /** After Minutes */
                            after_minutes: number;
                            /** Channels */
                            channels: string[];
                        }[];
                        /**
                         * For Seconds
                         * @description How long the condition must hold before it fires.
                         * @default 0
                         */
                        for_seconds: number;
                        /**
                         * Gone After Seconds
                         * @description A series that has been silent for so long has ended. Not set: only its sender can state it.
                         * @default null
                         */
                        gone_after_seconds: number | null;
                        /**
                         * Group By
                         * @description Which alerts share a notification: `rule`, `plugin`, `severity`, `none` or `label:<name>`.
                         * @default rule
                         */
                        group_by: string;
                        /**
                         * Id
                         * @description Generated if left out.
                         */
                        id?: string;
                        /**
                         * Inhibited By
                         * @description Ids or globs of rules: while one fires for the same plugin, this one notifies no channel.
                         */
                        inhibited_by?: string[];
                        /**
                         * Label Matchers
                         * @description Only plugins whose label has one of several values, or, with `is_equal` false, none of them.
                         */
                        label_matchers?: {
                            /**
                             * Is Equal
                             * @description False: none of them may match.
                             * @default true
                             */
                            is_equal: boolean;
                            /** Label */
                            label: string;
                            /**
                             * Values
                             * @description Globs; one of them must match.
                             */
                            values: string[];
                        }[];
                        /**
                         * Labels
                         * @description Only plugins with these labels; values are globs.
                         */
                        labels?: {
                            [key: string]: string;
                        };
                        /**
                         * Metric
                         * @default null
                         */
                        metric: string | null;
                        /** Name */
                        name: string;
                        /**
                         * Operator
                         * @default null
                         */
                        operator: (">" | ">=" | "<" | "<=" | "==" | "!=") | null;
                        /**
                         * Origin
                         * @description Full path of the rule's file; set by `rules apply`.
                         * @default
                         */
                        origin: string;
                        /**
                         * Overrides
                         * @description A key: for one plugin, the rule with `plugin_id` replaces more general rules with the same key.
                         * @default null
                         */
                        overrides: string | null;
                        /**
                         * Plugin Id
                         * @description Only this plugin.
                         * @default null
                         */
                        plugin_id: string | null;
                        /**
                         * Plugins
                         * @description Only plugins matching this glob.
                         * @default null
                         */
                        plugins: string | null;
                        /** @default null */
                        recover: {
                            /**
                             * For Seconds
                             * @description How long the recovery must last.
                             * @default 0
                             */
                            for_seconds: number;
                            /**
                             * Threshold
                             * @description A separate threshold for recovery (hysteresis).
                             * @default null
                             */
                            threshold: number | null;
                        } | null;
                        /**
                         * Repeat Minutes
                         * @description Minutes between reminders; 0: none. Default: 60 from severity error up, else 0.
                         * @default null
                         */
                        repeat_minutes: number | null;
                        /**
                         * Revision
                         * @description Set by the store; grows with every change of any rule.
                         * @default 0
                         */
                        revision: number;
                        /**
                         * Runbook Url
                         * @default
                         */
                        runbook_url: string;
                        /**
                         * Severity
                         * @default warning
                         * @enum {string}
                         */
                        severity: "info" | "warning" | "error" | "critical" | "emergency";
                        /**
                         * Source
                         * @description The file that the rule came from, e.g. `file:host.toml`; set by `rules apply`.
                         * @default
                         */
                        source: string;
                        /**
                         * Threshold
                         * @default null
                         */
                        threshold: number | null;
                        /**
                         * Title Template
                         * @description Jinja2 template of the title; empty: the default.
                         * @default
                         */
                        title_template: string;
                        /**
                         * When Gone
                         * @description What becomes of alerts when the series of the metric ends, as its sender says or after `gone_after_seconds`: they resolve, are held as they are, or fire.
                         * @default resolve
                         * @enum {string}
                         */
                        when_gone: "resolve" | "hold" | "fire";
                    };
                };
            };
        };
    };
    rules_export_rules_file_get: {
        parameters: {
            query?: {
                format?: "toml" | "json";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    rules_import_file_rules_file_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RulesFile"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        added: string[];
                        applied: boolean;
                        changed: string[];
                        same: string[];
                    };
                };
            };
        };
    };
    rules_one_rules__rule_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rule_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Auto Resolve
                         * @default true
                         */
                        auto_resolve: boolean;
                        /**
                         * Body Template
                         * @description Jinja2 template of the body; empty: the default.
                         * @default
                         */
                        body_template: string;
                        /** Channels */
                        channels?: string[];
                        /**
                         * Condition
                         * @description `kind` and the fields of that kind.
                         * @default null
                         */
                        condition: {
                            [key: string]: unknown;
                        } | null;
                        /**
                         * Cooldown Minutes
                         * @default 5
                         */
                        cooldown_minutes: number;
                        /**
                         * Description
                         * @default
                         */
                        description: string;
                        /**
                         * Edited
                         * @description Edited after `rules apply`; the next apply undoes the edit.
                         * @default false
                         */
                        edited: boolean;
                        /**
                         * Enabled
                         * @default true
                         */
                        enabled: boolean;
                        /**
                         * Equal
                         * @description Names of labels, e.g. `instance`: rules of `inhibited_by` also hold this one back from plugins whose values of all these labels are equal.
                         */
                        equal?: string[];
                        /** Escalation */
                        escalation?: {
                            /** After Minutes */
                            after_minutes: number;
                            /** Channels */
                            channels: string[];
                        }[];
                        /**
                         * For Seconds
                         * @description How long the condition must hold before it fires.
                         * @default 0
                         */
                        for_seconds: number;
                        /**
                         * Gone After Seconds
                         * @description A series that has been silent for so long has ended. Not set: only its sender can state it.
                         * @default null
                         */
                        gone_after_seconds: number | null;
                        /**
                         * Group By
                         * @description Which alerts share a notification: `rule`, `plugin`, `severity`, `none` or `label:<name>`.
                         * @default rule
                         */
                        group_by: string;
                        /**
                         * Id
                         * @description Generated if left out.
                         */
                        id?: string;
                        /**
                         * Inhibited By
                         * @description Ids or globs of rules: while one fires for the same plugin, this one notifies no channel.
                         */
                        inhibited_by?: string[];
                        /**
                         * Label Matchers
                         * @description Only plugins whose label has one of several values, or, with `is_equal` false, none of them.
                         */
                        label_matchers?: {
                            /**
                             * Is Equal
                             * @description False: none of them may match.
                             * @default true
                             */
                            is_equal: boolean;
                            /** Label */
                            label: string;
                            /**
                             * Values
                             * @description Globs; one of them must match.
                             */
                            values: string[];
                        }[];
                        /**
                         * Labels
                         * @description Only plugins with these labels; values are globs.
                         */
                        labels?: {
                            [key: string]: string;
                        };
                        /**
                         * Metric
                         * @default null
                         */
                        metric: string | null;
                        /** Name */
                        name: string;
                        /**
                         * Operator
                         * @default null
                         */
                        operator: (">" | ">=" | "<" | "<=" | "==" | "!=") | null;
                        /**
                         * Origin
                         * @description Full path of the rule's file; set by `rules apply`.
                         * @default
                         */
                        origin: string;
                        /**
                         * Overrides
                         * @description A key: for one plugin, the rule with `plugin_id` replaces more general rules with the same key.
                         * @default null
                         */
                        overrides: string | null;
                        /**
                         * Plugin Id
                         * @description Only this plugin.
                         * @default null
                         */
                        plugin_id: string | null;
                        /**
                         * Plugins
                         * @description Only plugins matching this glob.
                         * @default null
                         */
                        plugins: string | null;
                        /** @default null */
                        recover: {
                            /**
                             * For Seconds
                             * @description How long the recovery must last.
                             * @default 0
                             */
                            for_seconds: number;
                            /**
                             * Threshold
                             * @description A separate threshold for recovery (hysteresis).
                             * @default null
                             */
                            threshold: number | null;
                        } | null;
                        /**
                         * Repeat Minutes
                         * @description Minutes between reminders; 0: none. Default: 60 from severity error up, else 0.
                         * @default null
                         */
                        repeat_minutes: number | null;
                        /**
                         * Revision
                         * @description Set by the store; grows with every change of any rule.
                         * @default 0
                         */
                        revision: number;
                        /**
                         * Runbook Url
                         * @default
                         */
                        runbook_url: string;
                        /**
                         * Severity
                         * @default warning
                         * @enum {string}
                         */
                        severity: "info" | "warning" | "error" | "critical" | "emergency";
                        /**
                         * Source
                         * @description The file that the rule came from, e.g. `file:host.toml`; set by `rules apply`.
                         * @default
                         */
                        source: string;
                        /**
                         * Threshold
                         * @default null
                         */
                        threshold: number | null;
                        /**
                         * Title Template
                         * @description Jinja2 template of the title; empty: the default.
                         * @default
                         */
                        title_template: string;
                        /**
                         * When Gone
                         * @description What becomes of alerts when the series of the metric ends, as its sender says or after `gone_after_seconds`: they resolve, are held as they are, or fire.
                         * @default resolve
                         * @enum {string}
                         */
                        when_gone: "resolve" | "hold" | "fire";
                    };
                };
            };
        };
    };
    rules_replace_rules__rule_id__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rule_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Rule"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Auto Resolve
                         * @default true
                         */
                        auto_resolve: boolean;
                        /**
                         * Body Template
                         * @description Jinja2 template of the body; empty: the default.
                         * @default
                         */
                        body_template: string;
                        /** Channels */
                        channels?: string[];
                        /**
                         * Condition
                         * @description `kind` and the fields of that kind.
                         * @default null
                         */
                        condition: {
                            [key: string]: unknown;
                        } | null;
                        /**
                         * Cooldown Minutes
                         * @default 5
                         */
                        cooldown_minutes: number;
                        /**
                         * Description
                         * @default
                         */
                        description: string;
                        /**
                         * Edited
                         * @description Edited after `rules apply`; the next apply undoes the edit.
                         * @default false
                         */
                        edited: boolean;
                        /**
                         * Enabled
                         * @default true
                         */
                        enabled: boolean;
                        /**
                         * Equal
                         * @description Names of labels, e.g. `instance`: rules of `inhibited_by` also hold this one back from plugins whose values of all these labels are equal.
                         */
                        equal?: string[];
                        /** Escalation */
                        escalation?: {
                            /** After Minutes */
                            after_minutes: number;
                            /** Channels */
                            channels: string[];
                        }[];
                        /**
                         * For Seconds
                         * @description How long the condition must hold before it fires.
                         * @default 0
                         */
                        for_seconds: number;
                        /**
                         * Gone After Seconds
                         * @description A series that has been silent for so long has ended. Not set: only its sender can state it.
                         * @default null
                         */
                        gone_after_seconds: number | null;
                        /**
                         * Group By
                         * @description Which alerts share a notification: `rule`, `plugin`, `severity`, `none` or `label:<name>`.
                         * @default rule
                         */
                        group_by: string;
                        /**
                         * Id
                         * @description Generated if left out.
                         */
                        id?: string;
                        /**
                         * Inhibited By
                         * @description Ids or globs of rules: while one fires for the same plugin, this one notifies no channel.
                         */
                        inhibited_by?: string[];
                        /**
                         * Label Matchers
                         * @description Only plugins whose label has one of several values, or, with `is_equal` false, none of them.
                         */
                        label_matchers?: {
                            /**
                             * Is Equal
                             * @description False: none of them may match.
                             * @default true
                             */
                            is_equal: boolean;
                            /** Label */
                            label: string;
                            /**
                             * Values
                             * @description Globs; one of them must match.
                             */
                            values: string[];
                        }[];
                        /**
                         * Labels
                         * @description Only plugins with these labels; values are globs.
                         */
                        labels?: {
                            [key: string]: string;
                        };
                        /**
                         * Metric
                         * @default null
                         */
                        metric: string | null;
                        /** Name */
                        name: string;
                        /**
                         * Operator
                         * @default null
                         */
                        operator: (">" | ">=" | "<" | "<=" | "==" | "!=") | null;
                        /**
                         * Origin
                         * @description Full path of the rule's file; set by `rules apply`.
                         * @default
                         */
                        origin: string;
                        /**
                         * Overrides
                         * @description A key: for one plugin, the rule with `plugin_id` replaces more general rules with the same key.
                         * @default null
                         */
                        overrides: string | null;
                        /**
                         * Plugin Id
                         * @description Only this plugin.
                         * @default null
                         */
                        plugin_id: string | null;
                        /**
                         * Plugins
                         * @description Only plugins matching this glob.
                         * @default null
                         */
                        plugins: string | null;
                        /** @default null */
                        recover: {
                            /**
                             * For Seconds
                             * @description How long the recovery must last.
                             * @default 0
                             */
                            for_seconds: number;
                            /**
                             * Threshold
                             * @description A separate threshold for recovery (hysteresis).
                             * @default null
                             */
                            threshold: number | null;
                        } | null;
                        /**
                         * Repeat Minutes
                         * @description Minutes between reminders; 0: none. Default: 60 from severity error up, else 0.
                         * @default null
                         */
                        repeat_minutes: number | null;
                        /**
                         * Revision
                         * @description Set by the store; grows with every change of any rule.
                         * @default 0
                         */
                        revision: number;
                        /**
                         * Runbook Url
                         * @default
                         */
                        runbook_url: string;
                        /**
                         * Severity
                         * @default warning
                         * @enum {string}
                         */
                        severity: "info" | "warning" | "error" | "critical" | "emergency";
                        /**
                         * Source
                         * @description The file that the rule came from, e.g. `file:host.toml`; set by `rules apply`.
                         * @default
                         */
                        source: string;
                        /**
                         * Threshold
                         * @default null
                         */
                        threshold: number | null;
                        /**
                         * Title Template
                         * @description Jinja2 template of the title; empty: the default.
                         * @default
                         */
                        title_template: string;
                        /**
                         * When Gone
                         * @description What becomes of alerts when the series of the metric ends, as its sender says or after `gone_after_seconds`: they resolve, are held as they are, or fire.
                         * @default resolve
                         * @enum {string}
                         */
                        when_gone: "resolve" | "hold" | "fire";
                    };
                };
            };
        };
    };
    rules_delete_rules__rule_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rule_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    rules_change_rules__rule_id__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rule_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RulePatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Auto Resolve
                         * @default true
                         */
                        auto_resolve: boolean;
                        /**
                         * Body Template
                         * @description Jinja2 template of the body; empty: the default.
                         * @default
                         */
                        body_template: string;
                        /** Channels */
                        channels?: string[];
                        /**
                         * Condition
                         * @description `kind` and the fields of that kind.
                         * @default null
                         */
                        condition: {
                            [key: string]: unknown;
                        } | null;
                        /**
                         * Cooldown Minutes
                         * @default 5
                         */
                        cooldown_minutes: number;
                        /**
                         * Description
                         * @default
                         */
                        description: string;
                        /**
                         * Edited
                         * @description Edited after `rules apply`; the next apply undoes the edit.
                         * @default false
                         */
                        edited: boolean;
                        /**
                         * Enabled
                         * @default true
                         */
                        enabled: boolean;
                        /**
                         * Equal
                         * @description Names of labels, e.g. `instance`: rules of `inhibited_by` also hold this one back from plugins whose values of all these labels are equal.
                         */
                        equal?: string[];
                        /** Escalation */
                        escalation?: {
                            /** After Minutes */
                            after_minutes: number;
                            /** Channels */
                            channels: string[];
                        }[];
                        /**
                         * For Seconds
                         * @description How long the condition must hold before it fires.
                         * @default 0
                         */
                        for_seconds: number;
                        /**
                         * Gone After Seconds
                         * @description A series that has been silent for so long has ended. Not set: only its sender can state it.
                         * @default null
                         */
                        gone_after_seconds: number | null;
                        /**
                         * Group By
                         * @description Which alerts share a notification: `rule`, `plugin`, `severity`, `none` or `label:<name>`.
                         * @default rule
                         */
                        group_by: string;
                        /**
                         * Id
                         * @description Generated if left out.
                         */
                        id?: string;
                        /**
                         * Inhibited By
                         * @description Ids or globs of rules: while one fires for the same plugin, this one notifies no channel.
                         */
                        inhibited_by?: string[];
                        /**
                         * Label Matchers
                         * @description Only plugins whose label has one of several values, or, with `is_equal` false, none of them.
                         */
                        label_matchers?: {
                            /**
                             * Is Equal
                             * @description False: none of them may match.
                             * @default true
                             */
                            is_equal: boolean;
                            /** Label */
                            label: string;
                            /**
                             * Values
                             * @description Globs; one of them must match.
                             */
                            values: string[];
                        }[];
                        /**
                         * Labels
                         * @description Only plugins with these labels; values are globs.
                         */
                        labels?: {
                            [key: string]: string;
                        };
                        /**
                         * Metric
                         * @default null
                         */
                        metric: string | null;
                        /** Name */
                        name: string;
                        /**
                         * Operator
                         * @default null
                         */
                        operator: (">" | ">=" | "<" | "<=" | "==" | "!=") | null;
                        /**
                         * Origin
                         * @description Full path of the rule's file; set by `rules apply`.
                         * @default
                         */
                        origin: string;
                        /**
                         * Overrides
                         * @description A key: for one plugin, the rule with `plugin_id` replaces more general rules with the same key.
                         * @default null
                         */
                        overrides: string | null;
                        /**
                         * Plugin Id
                         * @description Only this plugin.
                         * @default null
                         */
                        plugin_id: string | null;
                        /**
                         * Plugins
                         * @description Only plugins matching this glob.
                         * @default null
                         */
                        plugins: string | null;
                        /** @default null */
                        recover: {
                            /**
                             * For Seconds
                             * @description How long the recovery must last.
                             * @default 0
                             */
                            for_seconds: number;
                            /**
                             * Threshold
                             * @description A separate threshold for recovery (hysteresis).
                             * @default null
                             */
                            threshold: number | null;
                        } | null;
                        /**
                         * Repeat Minutes
                         * @description Minutes between reminders; 0: none. Default: 60 from severity error up, else 0.
                         * @default null
                         */
                        repeat_minutes: number | null;
                        /**
                         * Revision
                         * @description Set by the store; grows with every change of any rule.
                         * @default 0
                         */
                        revision: number;
                        /**
                         * Runbook Url
                         * @default
                         */
                        runbook_url: string;
                        /**
                         * Severity
                         * @default warning
                         * @enum {string}
                         */
                        severity: "info" | "warning" | "error" | "critical" | "emergency";
                        /**
                         * Source
                         * @description The file that the rule came from, e.g. `file:host.toml`; set by `rules apply`.
                         * @default
                         */
                        source: string;
                        /**
                         * Threshold
                         * @default null
                         */
                        threshold: number | null;
                        /**
                         * Title Template
                         * @description Jinja2 template of the title; empty: the default.
                         * @default
                         */
                        title_template: string;
                        /**
                         * When Gone
                         * @description What becomes of alerts when the series of the metric ends, as its sender says or after `gone_after_seconds`: they resolve, are held as they are, or fire.
                         * @default resolve
                         * @enum {string}
                         */
                        when_gone: "resolve" | "hold" | "fire";
                    };
                };
            };
        };
    };
    rules_disable_rules__rule_id__disable_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rule_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Auto Resolve
                         * @default true
                         */
                        auto_resolve: boolean;
                        /**
                         * Body Template
                         * @description Jinja2 template of the body; empty: the default.
                         * @default
                         */
                        body_template: string;
                        /** Channels */
                        channels?: string[];
                        /**
                         * Condition
                         * @description `kind` and the fields of that kind.
                         * @default null
                         */
                        condition: {
                            [key: string]: unknown;
                        } | null;
                        /**
                         * Cooldown Minutes
                         * @default 5
                         */
                        cooldown_minutes: number;
                        /**
                         * Description
                         * @default
                         */
                        description: string;
                        /**
                         * Edited
                         * @description Edited after `rules apply`; the next apply undoes the edit.
                         * @default false
                         */
                        edited: boolean;
                        /**
                         * Enabled
                         * @default true
                         */
                        enabled: boolean;
                        /**
                         * Equal
                         * @description Names of labels, e.g. `instance`: rules of `inhibited_by` also hold this one back from plugins whose values of all these labels are equal.
                         */
                        equal?: string[];
                        /** Escalation */
                        escalation?: {
                            /** After Minutes */
                            after_minutes: number;
                            /** Channels */
                            channels: string[];
                        }[];
                        /**
                         * For Seconds
                         * @description How long the condition must hold before it fires.
                         * @default 0
                         */
                        for_seconds: number;
                        /**
                         * Gone After Seconds
                         * @description A series that has been silent for so long has ended. Not set: only its sender can state it.
                         * @default null
                         */
                        gone_after_seconds: number | null;
                        /**
                         * Group By
                         * @description Which alerts share a notification: `rule`, `plugin`, `severity`, `none` or `label:<name>`.
                         * @default rule
                         */
                        group_by: string;
                        /**
                         * Id
                         * @description Generated if left out.
                         */
                        id?: string;
                        /**
                         * Inhibited By
                         * @description Ids or globs of rules: while one fires for the same plugin, this one notifies no channel.
                         */
                        inhibited_by?: string[];
                        /**
                         * Label Matchers
                         * @description Only plugins whose label has one of several values, or, with `is_equal` false, none of them.
                         */
                        label_matchers?: {
                            /**
                             * Is Equal
                             * @description False: none of them may match.
                             * @default true
                             */
                            is_equal: boolean;
                            /** Label */
                            label: string;
                            /**
                             * Values
                             * @description Globs; one of them must match.
                             */
                            values: string[];
                        }[];
                        /**
                         * Labels
                         * @description Only plugins with these labels; values are globs.
                         */
                        labels?: {
                            [key: string]: string;
                        };
                        /**
                         * Metric
                         * @default null
                         */
                        metric: string | null;
                        /** Name */
                        name: string;
                        /**
                         * Operator
                         * @default null
                         */
                        operator: (">" | ">=" | "<" | "<=" | "==" | "!=") | null;
                        /**
                         * Origin
                         * @description Full path of the rule's file; set by `rules apply`.
                         * @default
                         */
                        origin: string;
                        /**
                         * Overrides
                         * @description A key: for one plugin, the rule with `plugin_id` replaces more general rules with the same key.
                         * @default null
                         */
                        overrides: string | null;
                        /**
                         * Plugin Id
                         * @description Only this plugin.
                         * @default null
                         */
                        plugin_id: string | null;
                        /**
                         * Plugins
                         * @description Only plugins matching this glob.
                         * @default null
                         */
                        plugins: string | null;
                        /** @default null */
                        recover: {
                            /**
                             * For Seconds
                             * @description How long the recovery must last.
                             * @default 0
                             */
                            for_seconds: number;
                            /**
                             * Threshold
                             * @description A separate threshold for recovery (hysteresis).
                             * @default null
                             */
                            threshold: number | null;
                        } | null;
                        /**
                         * Repeat Minutes
                         * @description Minutes between reminders; 0: none. Default: 60 from severity error up, else 0.
                         * @default null
                         */
                        repeat_minutes: number | null;
                        /**
                         * Revision
                         * @description Set by the store; grows with every change of any rule.
                         * @default 0
                         */
                        revision: number;
                        /**
                         * Runbook Url
                         * @default
                         */
                        runbook_url: string;
                        /**
                         * Severity
                         * @default warning
                         * @enum {string}
                         */
                        severity: "info" | "warning" | "error" | "critical" | "emergency";
                        /**
                         * Source
                         * @description The file that the rule came from, e.g. `file:host.toml`; set by `rules apply`.
                         * @default
                         */
                        source: string;
                        /**
                         * Threshold
                         * @default null
                         */
                        threshold: number | null;
                        /**
                         * Title Template
                         * @description Jinja2 template of the title; empty: the default.
                         * @default
                         */
                        title_template: string;
                        /**
                         * When Gone
                         * @description What becomes of alerts when the series of the metric ends, as its sender says or after `gone_after_seconds`: they resolve, are held as they are, or fire.
                         * @default resolve
                         * @enum {string}
                         */
                        when_gone: "resolve" | "hold" | "fire";
                    };
                };
            };
        };
    };
    rules_enable_rules__rule_id__enable_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rule_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Auto Resolve
                         * @default true
                         */
                        auto_resolve: boolean;
                        /**
                         * Body Template
                         * @description Jinja2 template of the body; empty: the default.
                         * @default
                         */
                        body_template: string;
                        /** Channels */
                        channels?: string[];
                        /**
                         * Condition
                         * @description `kind` and the fields of that kind.
                         * @default null
                         */
                        condition: {
                            [key: string]: unknown;
                        } | null;
                        /**
                         * Cooldown Minutes
                         * @default 5
                         */
                        cooldown_minutes: number;
                        /**
                         * Description
                         * @default
                         */
                        description: string;
                        /**
                         * Edited
                         * @description Edited after `rules apply`; the next apply undoes the edit.
                         * @default false
                         */
                        edited: boolean;
                        /**
                         * Enabled
                         * @default true
                         */
                        enabled: boolean;
                        /**
                         * Equal
                         * @description Names of labels, e.g. `instance`: rules of `inhibited_by` also hold this one back from plugins whose values of all these labels are equal.
                         */
                        equal?: string[];
                        /** Escalation */
                        escalation?: {
                            /** After Minutes */
                            after_minutes: number;
                            /** Channels */
                            channels: string[];
                        }[];
                        /**
                         * For Seconds
                         * @description How long the condition must hold before it fires.
                         * @default 0
                         */
                        for_seconds: number;
                        /**
                         * Gone After Seconds
                         * @description A series that has been silent for so long has ended. Not set: only its sender can state it.
                         * @default null
                         */
                        gone_after_seconds: number | null;
                        /**
                         * Group By
                         * @description Which alerts share a notification: `rule`, `plugin`, `severity`, `none` or `label:<name>`.
                         * @default rule
                         */
                        group_by: string;
                        /**
                         * Id
                         * @description Generated if left out.
                         */
                        id?: string;
                        /**
                         * Inhibited By
                         * @description Ids or globs of rules: while one fires for the same plugin, this one notifies no channel.
                         */
                        inhibited_by?: string[];
                        /**
                         * Label Matchers
                         * @description Only plugins whose label has one of several values, or, with `is_equal` false, none of them.
                         */
                        label_matchers?: {
                            /**
                             * Is Equal
                             * @description False: none of them may match.
                             * @default true
                             */
                            is_equal: boolean;
                            /** Label */
                            label: string;
                            /**
                             * Values
                             * @description Globs; one of them must match.
                             */
                            values: string[];
                        }[];
                        /**
                         * Labels
                         * @description Only plugins with these labels; values are globs.
                         */
                        labels?: {
                            [key: string]: string;
                        };
                        /**
                         * Metric
                         * @default null
                         */
                        metric: string | null;
                        /** Name */
                        name: string;
                        /**
                         * Operator
                         * @default null
                         */
                        operator: (">" | ">=" | "<" | "<=" | "==" | "!=") | null;
                        /**
                         * Origin
                         * @description Full path of the rule's file; set by `rules apply`.
                         * @default
                         */
                        origin: string;
                        /**
                         * Overrides
                         * @description A key: for one plugin, the rule with `plugin_id` replaces more general rules with the same key.
                         * @default null
                         */
                        overrides: string | null;
                        /**
                         * Plugin Id
                         * @description Only this plugin.
                         * @default null
                         */
                        plugin_id: string | null;
                        /**
                         * Plugins
                         * @description Only plugins matching this glob.
                         * @default null
                         */
                        plugins: string | null;
                        /** @default null */
                        recover: {
                            /**
                             * For Seconds
                             * @description How long the recovery must last.
                             * @default 0
                             */
                            for_seconds: number;
                            /**
                             * Threshold
                             * @description A separate threshold for recovery (hysteresis).
                             * @default null
                             */
                            threshold: number | null;
                        } | null;
                        /**
                         * Repeat Minutes
                         * @description Minutes between reminders; 0: none. Default: 60 from severity error up, else 0.
                         * @default null
                         */
                        repeat_minutes: number | null;
                        /**
                         * Revision
                         * @description Set by the store; grows with every change of any rule.
                         * @default 0
                         */
                        revision: number;
                        /**
                         * Runbook Url
                         * @default
                         */
                        runbook_url: string;
                        /**
                         * Severity
                         * @default warning
                         * @enum {string}
                         */
                        severity: "info" | "warning" | "error" | "critical" | "emergency";
                        /**
                         * Source
                         * @description The file that the rule came from, e.g. `file:host.toml`; set by `rules apply`.
                         * @default
                         */
                        source: string;
                        /**
                         * Threshold
                         * @default null
                         */
                        threshold: number | null;
                        /**
                         * Title Template
                         * @description Jinja2 template of the title; empty: the default.
                         * @default
                         */
                        title_template: string;
                        /**
                         * When Gone
                         * @description What becomes of alerts when the series of the metric ends, as its sender says or after `gone_after_seconds`: they resolve, are held as they are, or fire.
                         * @default resolve
                         * @enum {string}
                         */
                        when_gone: "resolve" | "hold" | "fire";
                    };
                };
            };
        };
    };
    system_recent_api_enhanced_alerts_series_query_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SeriesQuery"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        series: {
                            gaps: number[][];
                            highs: number[];
                            lows: number[];
                            metric: string;
                            plugin_id: string;
                            plugins: string[];
                            samples: number[][];
                            since_ms: number;
                            step_ms: number;
                        }[];
                        unavailable_before_ms: number | null;
                    };
                };
            };
        };
    };
    session_sign_in_api_enhanced_alerts_sign_in_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Password"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        kind: "user" | "key" | "link" | "token";
                        name: string;
                        /** @enum {string} */
                        role: "publisher" | "viewer" | "operator" | "admin";
                    };
                };
            };
        };
    };
    session_sign_out_api_enhanced_alerts_sign_out_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed out */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    silences_preview_silence_preview_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSilence"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        alerts: {
                            /** @default 0 */
                            acknowledged_at_ms: number;
                            /** @default  */
                            acknowledged_by: string;
                            /** @default  */
                            acknowledged_by_principal: string;
                            /** @default 0 */
                            announced_episode: number;
                            /** @default  */
                            assignee: string;
                            channels: string[];
                            condition: string;
                            /** @default  */
                            description: string;
                            /** @default 0 */
                            episode: number;
                            /** @default 0 */
                            escalated: number;
                            /** @default null */
                            external: {
                                /** @default {} */
                                annotations: {
                                    [key: string]: string;
                                };
                                fingerprint: string;
                                /** @default  */
                                generator_url: string;
                                /** @default  */
                                sender: string;
                            } | null;
                            /** @default 0 */
                            fired_at_ms: number;
                            /** @default  */
                            group: string;
                            /** @default 0 */
                            hold_until_ms: number;
                            id: string;
                            /** @default {} */
                            labels: {
                                [key: string]: string;
                            };
                            /** @default 0 */
                            let_through_at_ms: number;
                            /** @default  */
                            metric: string;
                            /** @default {} */
                            muted: {
                                [key: string]: string;
                            };
                            /** @default  */
                            parent_id: string;
                            plugin_id: string;
                            plugin_name: string;
                            /**
                             * Policy
                             * @description The rule's settings for notifications, copied from the rule when it fired.
                             */
                            policy?: {
                                /** @default  */
                                body_template: string;
                                /** @default 0 */
                                cooldown_ms: number;
                                /** @default [] */
                                equal: string[];
                                /** @default [] */
                                escalation: {
                                    after_ms: number;
                                    channels: string[];
                                }[];
                                /** @default rule */
                                group_by: string;
                                /** @default null */
                                group_interval_ms: number | null;
                                /** @default null */
                                group_labels: string[] | null;
                                /** @default null */
                                group_wait_ms: number | null;
                                /** @default [] */
                                inhibited_by: string[];
                                /** @default 0 */
                                repeat_ms: number;
                                /** @default  */
                                title_template: string;
                            };
                            /** @default  */
                            reason: string;
                            /** @default  */
                            reason_code: string;
                            /** @default {} */
                            reason_values: Record<string, never>;
                            /** @default 0 */
                            reminders: number;
                            /** @default  */
                            request_id: string;
                            /** @default 0 */
                            resolved_at_ms: number;
                            /** @default  */
                            resolved_by: string;
                            /** @default  */
                            resolved_by_principal: string;
                            /** @default [] */
                            routes: {
                                /** @default [] */
                                active_times: string[];
                                /** @default [] */
                                channels: string[];
                                /** @default [] */
                                mute_times: string[];
                                /** @default  */
                                name: string;
                                place: string;
                            }[];
                            rule_id: string;
                            rule_name: string;
                            /** @default  */
                            runbook_url: string;
                            /** @enum {unknown} */
                            severity: "critical" | "emergency" | "error" | "info" | "warning";
                            started_at_ms: number;
                            /** @enum {unknown} */
                            state: "acknowledged" | "firing" | "pending" | "resolved";
                            /** @default {} */
                            suppressed: {
                                [key: string]: string;
                            };
                            /** @default {} */
                            suppressed_reasons: {
                                [key: string]: {
                                    code: string;
                                    /** @default {} */
                                    values: Record<string, never>;
                                };
                            };
                            /** @default null */
                            threshold: number | null;
                            /** @default 0 */
                            updated_at_ms: number;
                            /** @default null */
                            value: number | null;
                            /** @default 0 */
                            version: number;
                        }[];
                        count: number;
                    };
                };
            };
        };
    };
    silences_all_silences_silences_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        next_cursor: string | null;
                        silences: {
                            /** @description A name for people to read. */
                            author: string;
                            /** @description Exactly who, e.g. `user:kim`; empty if an earlier release made it. */
                            author_principal: string;
                            /** Comment */
                            comment: string;
                            /**
                             * Created At Ms
                             * @description Set by the API.
                             * @default 0
                             */
                            created_at_ms: number;
                            /**
                             * Cron
                             * @description Five fields, e.g. `0 2 * * 6`: Saturdays at two.
                             * @default null
                             */
                            cron: string | null;
                            /**
                             * Duration Minutes
                             * @default null
                             */
                            duration_minutes: number | null;
                            /** Ends At Ms */
                            ends_at_ms: number;
                            /**
                             * Expiry Announced
                             * @description Set by the router.
                             * @default false
                             */
                            expiry_announced: boolean;
                            /**
                             * Id
                             * @description Generated if left out.
                             */
                            id?: string;
                            /** Matchers */
                            matchers: {
                                /**
                                 * Is Equal
                                 * @description False: everything but this.
                                 * @default true
                                 */
                                is_equal: boolean;
                                /**
                                 * Is Regex
                                 * @description The value is a regular expression that must fit the whole property.
                                 * @default false
                                 */
                                is_regex: boolean;
                                /** Name */
                                name: string;
                                /**
                                 * Value
                                 * @description A glob, or with `is_regex` a regular expression of RE2.
                                 */
                                value: string;
                            }[];
                            /** Starts At Ms */
                            starts_at_ms: number;
                            /** @enum {string} */
                            state: "active" | "planned" | "past";
                            /**
                             * Timezone
                             * @description Time zone of `cron`, e.g. Asia/Seoul.
                             * @default UTC
                             */
                            timezone: string;
                        }[];
                        total: number;
                    };
                };
            };
        };
    };
    silences_create_silences_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSilence"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description A name for people to read. */
                        author: string;
                        /** @description Exactly who, e.g. `user:kim`; empty if an earlier release made it. */
                        author_principal: string;
                        /** Comment */
                        comment: string;
                        /**
                         * Created At Ms
                         * @description Set by the API.
                         * @default 0
                         */
                        created_at_ms: number;
                        /**
                         * Cron
                         * @description Five fields, e.g. `0 2 * * 6`: Saturdays at two.
                         * @default null
                         */
                        cron: string | null;
                        /**
                         * Duration Minutes
                         * @default null
                         */
                        duration_minutes: number | null;
                        /** Ends At Ms */
                        ends_at_ms: number;
                        /**
                         * Expiry Announced
                         * @description Set by the router.
                         * @default false
                         */
                        expiry_announced: boolean;
                        /**
                         * Id
                         * @description Generated if left out.
                         */
                        id?: string;
                        /** Matchers */
                        matchers: {
                            /**
                             * Is Equal
                             * @description False: everything but this.
                             * @default true
                             */
                            is_equal: boolean;
                            /**
                             * Is Regex
                             * @description The value is a regular expression that must fit the whole property.
                             * @default false
                             */
                            is_regex: boolean;
                            /** Name */
                            name: string;
                            /**
                             * Value
                             * @description A glob, or with `is_regex` a regular expression of RE2.
                             */
                            value: string;
                        }[];
                        /** Starts At Ms */
                        starts_at_ms: number;
                        /** @enum {string} */
                        state: "active" | "planned" | "past";
                        /**
                         * Timezone
                         * @description Time zone of `cron`, e.g. Asia/Seoul.
                         * @default UTC
                         */
                        timezone: string;
                    };
                };
            };
        };
    };
    silences_one_silences__silence_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                silence_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description A name for people to read. */
                        author: string;
                        /** @description Exactly who, e.g. `user:kim`; empty if an earlier release made it. */
                        author_principal: string;
                        /** Comment */
                        comment: string;
                        /**
                         * Created At Ms
                         * @description Set by the API.
                         * @default 0
                         */
                        created_at_ms: number;
                        /**
                         * Cron
                         * @description Five fields, e.g. `0 2 * * 6`: Saturdays at two.
                         * @default null
                         */
                        cron: string | null;
                        /**
                         * Duration Minutes
                         * @default null
                         */
                        duration_minutes: number | null;
                        /** Ends At Ms */
                        ends_at_ms: number;
                        /**
                         * Expiry Announced
                         * @description Set by the router.
                         * @default false
                         */
                        expiry_announced: boolean;
                        /**
                         * Id
                         * @description Generated if left out.
                         */
                        id?: string;
                        /** Matchers */
                        matchers: {
                            /**
                             * Is Equal
                             * @description False: everything but this.
                             * @default true
                             */
                            is_equal: boolean;
                            /**
                             * Is Regex
                             * @description The value is a regular expression that must fit the whole property.
                             * @default false
                             */
                            is_regex: boolean;
                            /** Name */
                            name: string;
                            /**
                             * Value
                             * @description A glob, or with `is_regex` a regular expression of RE2.
                             */
                            value: string;
                        }[];
                        /** Starts At Ms */
                        starts_at_ms: number;
                        /** @enum {string} */
                        state: "active" | "planned" | "past";
                        /**
                         * Timezone
                         * @description Time zone of `cron`, e.g. Asia/Seoul.
                         * @default UTC
                         */
                        timezone: string;
                    };
                };
            };
        };
    };
    silences_replace_silences__silence_id__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                silence_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSilence"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description A name for people to read. */
                        author: string;
                        /** @description Exactly who, e.g. `user:kim`; empty if an earlier release made it. */
                        author_principal: string;
                        /** Comment */
                        comment: string;
                        /**
                         * Created At Ms
                         * @description Set by the API.
                         * @default 0
                         */
                        created_at_ms: number;
                        /**
                         * Cron
                         * @description Five fields, e.g. `0 2 * * 6`: Saturdays at two.
                         * @default null
                         */
                        cron: string | null;
                        /**
                         * Duration Minutes
                         * @default null
                         */
                        duration_minutes: number | null;
                        /** Ends At Ms */
                        ends_at_ms: number;
                        /**
                         * Expiry Announced
                         * @description Set by the router.
                         * @default false
                         */
                        expiry_announced: boolean;
                        /**
                         * Id
                         * @description Generated if left out.
                         */
                        id?: string;
                        /** Matchers */
                        matchers: {
                            /**
                             * Is Equal
                             * @description False: everything but this.
                             * @default true
                             */
                            is_equal: boolean;
                            /**
                             * Is Regex
                             * @description The value is a regular expression that must fit the whole property.
                             * @default false
                             */
                            is_regex: boolean;
                            /** Name */
                            name: string;
                            /**
                             * Value
                             * @description A glob, or with `is_regex` a regular expression of RE2.
                             */
                            value: string;
                        }[];
                        /** Starts At Ms */
                        starts_at_ms: number;
                        /** @enum {string} */
                        state: "active" | "planned" | "past";
                        /**
                         * Timezone
                         * @description Time zone of `cron`, e.g. Asia/Seoul.
                         * @default UTC
                         */
                        timezone: string;
                    };
                };
            };
        };
    };
    silences_expire_silences__silence_id__expire_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                silence_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description A name for people to read. */
                        author: string;
                        /** @description Exactly who, e.g. `user:kim`; empty if an earlier release made it. */
                        author_principal: string;
                        /** Comment */
                        comment: string;
                        /**
                         * Created At Ms
                         * @description Set by the API.
                         * @default 0
                         */
                        created_at_ms: number;
                        /**
                         * Cron
                         * @description Five fields, e.g. `0 2 * * 6`: Saturdays at two.
                         * @default null
                         */
                        cron: string | null;
                        /**
                         * Duration Minutes
                         * @default null
                         */
                        duration_minutes: number | null;
                        /** Ends At Ms */
                        ends_at_ms: number;
                        /**
                         * Expiry Announced
                         * @description Set by the router.
                         * @default false
                         */
                        expiry_announced: boolean;
                        /**
                         * Id
                         * @description Generated if left out.
                         */
                        id?: string;
                        /** Matchers */
                        matchers: {
                            /**
                             * Is Equal
                             * @description False: everything but this.
                             * @default true
                             */
                            is_equal: boolean;
                            /**
                             * Is Regex
                             * @description The value is a regular expression that must fit the whole property.
                             * @default false
                             */
                            is_regex: boolean;
                            /** Name */
                            name: string;
                            /**
                             * Value
                             * @description A glob, or with `is_regex` a regular expression of RE2.
                             */
                            value: string;
                        }[];
                        /** Starts At Ms */
                        starts_at_ms: number;
                        /** @enum {string} */
                        state: "active" | "planned" | "past";
                        /**
                         * Timezone
                         * @description Time zone of `cron`, e.g. Asia/Seoul.
                         * @default UTC
                         */
                        timezone: string;
                    };
                };
            };
        };
    };
    system_statistics_api_enhanced_alerts_statistics_get: {
        parameters: {
            query?: {
                hours?: number;
                /** @description End of these hours; default: now. */
                until_ms?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        acknowledged: number;
                        active: {
                            by_plugin: {
                                [key: string]: number;
                            };
                            by_severity: {
                                [key: string]: number;
                            };
                            by_state: {
                                [key: string]: number;
                            };
                            total: number;
                        };
                        by_hour: {
                            by_severity: {
                                [key: string]: number;
                            };
                            fired: number;
                            hour_at_ms: number;
                        }[];
                        by_plugin: {
                            [key: string]: number;
                        };
                        by_rule: {
                            [key: string]: number;
                        };
                        by_severity: {
                            [key: string]: number;
                        };
                        fired: number;
                        hours: number;
                        mean_ms_to_acknowledge: number | null;
                        mean_ms_to_resolve: number | null;
                        resolved: number;
                    };
                };
            };
        };
    };
    system_status_api_enhanced_alerts_status_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        active_alerts: {
                            by_plugin: {
                                [key: string]: number;
                            };
                            by_severity: {
                                [key: string]: number;
                            };
                            by_state: {
                                [key: string]: number;
                            };
                            total: number;
                        };
                        at_ms: number;
                        dead_notifications: number;
                        failing_channels: {
                            [key: string]: number;
                        };
                        history_days: number;
                        memory: {
                            limit_bytes: number | null;
                            used_bytes: number;
                        };
                        missing: string[];
                        partitions: {
                            dead_letters: number;
                            lag: number | null;
                            outbox: number;
                            owner: string | null;
                            partition: number;
                        }[];
                        processes: {
                            at_ms: number;
                            component: string;
                            /** @default {} */
                            counters: {
                                [key: string]: number;
                            };
                            /** @default {} */
                            detail: {
                                [key: string]: string;
                            };
                            host: string;
                            pid: number;
                            ready: boolean;
                            /** @default 1 */
                            schema: number;
                            started_at_ms: number;
                        }[];
                        queues: {
                            [key: string]: number;
                        };
                        rules: {
                            enabled: number;
                            revision: number;
                            total: number;
                        };
                        server: string;
                        /** @enum {string} */
                        status: "ok" | "degraded";
                        stream_keep_seconds: number;
                        trouble: string;
                        trouble_code: string;
                        trouble_values: {
                            [key: string]: unknown;
                        };
                        unreadable_rules: {
                            [key: string]: string;
                        };
                    };
                };
            };
        };
    };
    rules_preview_templates_preview_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TemplatePreview"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        failure: string | null;
                        html: string;
                        text: string;
                        title: string;
                        words: {
                            [key: string]: unknown;
                        };
                    };
                };
            };
        };
    };
    channels_test_test__channel_name__post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channel_name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        accepted: boolean;
                        answer: string;
                        answer_code: string;
                        answer_values: {
                            [key: string]: unknown;
                        };
                        took_ms: number;
                    };
                };
            };
        };
    };
    trends_of_alerting_trends_alerting_get: {
        parameters: {
            query?: {
                /** @description In which days, weeks and months begin, e.g. Asia/Seoul. */
                timezone?: string;
                /** @description How many, the current one among them. */
                months?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        all: {
                            acknowledged: number;
                            alerts: number;
                            at_night: number;
                            flapping: number;
                            mean_ms_to_acknowledge: number | null;
                            mean_ms_to_resolve: number | null;
                            median_ms_to_acknowledge: number | null;
                            median_ms_to_resolve: number | null;
                            month: string;
                            notifications: number;
                            resolved: number;
                            share_at_night: number | null;
                        }[];
                        computed_at_ms: number;
                        first_at_ms: number | null;
                        left_out: {
                            [key: string]: number;
                        };
                        months: string[];
                        plugins: {
                            months: {
                                acknowledged: number;
                                alerts: number;
                                at_night: number;
                                flapping: number;
                                mean_ms_to_acknowledge: number | null;
                                mean_ms_to_resolve: number | null;
                                median_ms_to_acknowledge: number | null;
                                median_ms_to_resolve: number | null;
                                month: string;
                                notifications: number;
                                resolved: number;
                                share_at_night: number | null;
                            }[];
                            name: string;
                            title: string;
                        }[];
                        rules: {
                            months: {
                                acknowledged: number;
                                alerts: number;
                                at_night: number;
                                flapping: number;
                                mean_ms_to_acknowledge: number | null;
                                mean_ms_to_resolve: number | null;
                                median_ms_to_acknowledge: number | null;
                                median_ms_to_resolve: number | null;
                                month: string;
                                notifications: number;
                                resolved: number;
                                share_at_night: number | null;
                            }[];
                            name: string;
                            title: string;
                        }[];
                        teams: {
                            months: {
                                acknowledged: number;
                                alerts: number;
                                at_night: number;
                                flapping: number;
                                mean_ms_to_acknowledge: number | null;
                                mean_ms_to_resolve: number | null;
                                median_ms_to_acknowledge: number | null;
                                median_ms_to_resolve: number | null;
                                month: string;
                                notifications: number;
                                resolved: number;
                                share_at_night: number | null;
                            }[];
                            name: string;
                            title: string;
                        }[];
                        timezone: string;
                    };
                };
            };
        };
    };
    trends_of_metric_trends_metric_get: {
        parameters: {
            query: {
                /** @description In which days, weeks and months begin, e.g. Asia/Seoul. */
                timezone?: string;
                plugin_id: string;
                metric: string;
                /** @description How far to look back. */
                days?: number;
                /** @description What the metric must not reach; the answer says when it will. */
                limit?: number | null;
                /** @description `rising`: the limit lies above; `falling`: below. */
                direction?: "rising" | "falling";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        capacity: {
                            date: string;
                            days: number;
                            first_date: string;
                            last_date: string;
                            least_days: number;
                            most_days: number;
                        } | null;
                        changes: {
                            after: number;
                            before: number;
                            day: string;
                            first_day: string;
                            /** @enum {string} */
                            kind: "level" | "slope";
                            last_day: string;
                        }[];
                        computed_at_ms: number;
                        /** @enum {string} */
                        direction: "rising" | "falling";
                        growth: {
                            each_week: number;
                            least: number;
                            most: number;
                            ratio: number | null;
                        } | null;
                        history: {
                            days: number;
                            first_at_ms: number;
                            hours: number;
                            until_ms: number;
                        };
                        levels: unknown[][];
                        limit: number | null;
                        metric: string;
                        months: {
                            average: number;
                            hours: number;
                            least: number;
                            month: string;
                            most: number;
                            p50: number;
                            p95: number;
                            p99: number;
                        }[];
                        plugin_id: string;
                        profile: (number | null)[];
                        reasons: {
                            [key: string]: {
                                reason: string;
                                reason_code: string;
                                reason_values: {
                                    [key: string]: unknown;
                                };
                            };
                        };
                        /** @enum {string} */
                        scale: "linear" | "logarithmic";
                        season: {
                            is_daily: boolean;
                            is_weekly: boolean;
                            share: number;
                        } | null;
                        timezone: string;
                        weeks: {
                            average: number;
                            change: number | null;
                            hours: number;
                            monday: string;
                        }[];
                    };
                };
            };
        };
    };
    access_all_users_users_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        next_cursor: string | null;
                        total: number;
                        users: {
                            changed_at_ms: number;
                            created_at_ms: number;
                            enabled: boolean;
                            name: string;
                            /** @enum {string} */
                            role: "publisher" | "viewer" | "operator" | "admin";
                        }[];
                    };
                };
            };
        };
    };
    access_create_user_users_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        changed_at_ms: number;
                        created_at_ms: number;
                        enabled: boolean;
                        name: string;
                        /** @enum {string} */
                        role: "publisher" | "viewer" | "operator" | "admin";
                    };
                };
            };
        };
    };
    access_delete_user_users__name__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    access_change_user_users__name__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserChange"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        changed_at_ms: number;
                        created_at_ms: number;
                        enabled: boolean;
                        name: string;
                        /** @enum {string} */
                        role: "publisher" | "viewer" | "operator" | "admin";
                    };
                };
            };
        };
    };
    health_healthz_healthz_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        status: string;
                    };
                };
            };
        };
    };
    system_prometheus_metrics_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Prometheus text */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": unknown;
                };
            };
        };
    };
    health_readyz_readyz_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        status: string;
                    };
                };
            };
        };
    };
    session_sign_in_by_code_sign_in_get: {
        parameters: {
            query?: {
                code?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
}
