"""The catalogue: what somebody may try, and the tests that show what comes of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Threat:
    """An entry: what is tried and what must come of it; its tests, or why there are none."""

    entry: str
    what: str
    tests: tuple[str, ...] = ()
    why_none: str = ""


THREATS: tuple[Threat, ...] = (
    Threat(
        "T1",
        "A mail smuggled behind an odd end of data: 521 and the end, nothing is taken",
        (
            "tests/listeners/test_smtp_data.py::test_no_other_octets_end_a_mail",
            "tests/listeners/test_smtp_octets.py::test_smuggling_ends_the_connection",
            "tests/listeners/test_smtp_octets.py::test_who_hands_over_megabytes_with_bare_lf_hears_why_not",
            "tests/listeners/test_smtp_legacy.py::test_no_old_device_smuggles",
            "tests/listeners/test_smtp_legacy.py::test_what_follows_lf_dot_lf_a_moment_later_was_smuggled_too",
            "tests/fuzz/test_targets.py::test_nothing_breaks_it",
        ),
    ),
    Threat(
        "T2",
        "A client that ends lines with LF alone: an error at once, or service from legacy_networks",
        (
            "tests/listeners/test_smtp_octets.py::test_a_dialogue_with_bare_lf_is_refused_at_its_first_line",
            "tests/listeners/test_smtp_legacy.py::test_a_dialogue_of_bare_lf_is_a_mail",
        ),
    ),
    Threat(
        "T3",
        "Commands and mails sent before they are asked for: in their order, never two mails of one",
        (
            "tests/listeners/test_smtp_octets.py::test_talk_before_the_greeting_makes_one_mail_of_one",
            "tests/listeners/test_smtp_octets.py::test_a_mail_behind_a_refused_data_is_not_obeyed",
            "tests/listeners/test_smtp_octets.py::test_a_line_of_something_else_ends_the_connection",
        ),
    ),
    Threat(
        "T4",
        "Commands hidden behind STARTTLS: forgotten",
        ("tests/listeners/test_smtp_clients.py::test_what_comes_before_tls_is_forgotten",),
    ),
    Threat(
        "T5",
        "Odd AUTH: refused with its reason; lower case works; never without TLS",
        (
            "tests/listeners/test_smtp.py::test_the_door_answers",
            "tests/listeners/test_smtp_clients.py::test_t5_passwords_cross_a_network_in_tls_only",
        ),
    ),
    Threat(
        "T6",
        "Guessing passwords: slowed, hung up on, shut out; others are not",
        (
            "tests/guessing/test_guessing.py::test_t6_who_guesses_is_shut_out_and_nobody_else",
            "tests/listeners/test_admission.py::test_t6_ten_wrong_passwords_in_ten_minutes_bar_an_address",
            "tests/listeners/test_admission.py::test_t6_who_has_an_account_cannot_guess_at_another_for_ever",
            "tests/listeners/test_admission.py::test_t6_who_has_a_whole_network_of_ipv6_is_one",
            "tests/listeners/test_smtp_clients.py::test_t6_who_guesses_on_and_on_is_not_let_in_any_more",
            "tests/listeners/test_smtp_clients.py::test_t6_so_many_check_their_passwords_at_once_and_no_more",
            "tests/listeners/test_credentials.py::test_t6_an_address_that_is_barred_is_so_for_what_is_remembered_too",
            "tests/listeners/test_credentials.py::test_a_wrong_password_is_worked_on_each_time_whatever_is_remembered",
        ),
    ),
    Threat(
        "T7",
        "Finding out who has an account: nothing tells, the time neither",
        (
            "tests/guessing/test_guessing.py::test_t7_a_wrong_name_and_a_wrong_password_look_alike",
            "tests/listeners/test_smtp_clients.py::test_t7_an_unknown_name_costs_as_much_as_some_other",
            "tests/listeners/test_relay_mail.py::test_t7_strangers_behind_a_relay_hear_the_same_of_every_name",
            "tests/listeners/test_smtp.py::test_the_door_answers",
        ),
    ),
    Threat(
        "T8",
        "An open relay: no cell of the matrix texts for a stranger",
        (
            "tests/listeners/test_open_relay.py::test_t8_nobody_is_texted_or_mailed_for_a_stranger",
            "tests/listeners/test_smtp_bounces.py",
        ),
    ),
    Threat(
        "T9",
        "Control characters and odd parameters in MAIL: refused, never stored",
        (
            "tests/listeners/test_smtp.py::test_the_door_answers",
            "tests/listeners/test_smtp_wire.py::test_a_malformed_mail_command_is_refused",
            "tests/listeners/test_smtp_wire.py::test_a_malformed_rcpt_command_is_refused",
        ),
    ),
    Threat(
        "T10",
        "10,000 recipients, one number in three spellings: bounded, texted once",
        (
            "tests/listeners/test_smtp_floods.py::test_recipients_beyond_the_limit_are_no_small_talk",
            "tests/listeners/test_smtp.py::test_the_hundred_and_first_recipient_waits",
            "tests/listeners/test_smtp.py::test_a_number_in_three_spellings_is_one",
            "tests/listeners/test_relay_mail.py::test_t10_so_many_recipients_and_no_more",
        ),
    ),
    Threat(
        "T11",
        "Endless lines, endless mails: an error, in bounded memory",
        (
            "tests/listeners/test_smtp_octets.py::test_who_never_stops_is_cut_off",
            "tests/listeners/test_smtp_octets.py::test_lines_may_be_long",
            "tests/listeners/test_smtp_octets.py::test_a_command_without_end_ends_the_connection",
            "tests/floods/test_floods.py",
        ),
    ),
    Threat(
        "T12",
        "Clients that are silent or slow: hung up on by clocks of our own",
        (
            "tests/listeners/test_smtp_faults.py::test_who_says_nothing_is_sent_away",
            "tests/listeners/test_smtp_faults.py::test_a_mail_that_trickles_is_not_waited_for",
            "tests/listeners/test_smtp_floods.py::test_who_only_shakes_hands_is_counted_too",
            "tests/floods/test_floods.py",
        ),
    ),
    Threat(
        "T13",
        "Hundreds of connections: the next hear 421, others are served within a second",
        (
            "tests/listeners/test_smtp_floods.py",
            "tests/floods/test_floods.py",
        ),
    ),
    Threat(
        "T14",
        "Nonsense and HTTP at the SMTP door: shown out",
        (
            "tests/listeners/test_smtp.py::test_the_door_answers",
            "tests/listeners/test_smtp_octets.py::test_a_line_of_something_else_ends_the_connection",
            "tests/listeners/test_smtp_tls.py::test_tls_at_the_port_for_smtp_is_shown_the_door",
        ),
    ),
    Threat(
        "T15",
        "Hanging up after the last dot: the mail is there once, its copy joins it",
        (
            "tests/listeners/test_smtp_octets.py::test_a_client_that_vanishes_after_the_dot_has_its_mail_kept_once",
            "tests/listeners/test_smtp_octets.py::test_a_half_closed_client_hears_its_answers",
            "tests/spool/test_accept.py",
        ),
    ),
    Threat(
        "T16",
        "PROXY and XCLIENT: unknown commands",
        (
            "tests/listeners/test_smtp_octets.py::test_nobody_is_believed_who_says_that_he_speaks_for_another_address",
            "tests/listeners/test_smtp_octets.py::test_the_second_version_of_proxy_is_no_smtp",
        ),
    ),
    Threat(
        "T20",
        "Mails nested, split and headed beyond measure: a text, or 554 with the limit",
        (
            "tests/content/test_content.py::test_hostile_mails_end_in_a_text_or_in_a_sentence",
            "tests/compose/test_bombs.py",
            "tests/daemon/test_child.py",
            "tests/fuzz/test_targets.py::test_nothing_breaks_it",
        ),
    ),
    Threat(
        "T21",
        "Parameters and file names from hell: harmless names",
        (
            "tests/compose/test_media.py::test_a_file_goes_under_a_plain_name",
            "tests/compose/test_media.py::test_names_are_unique",
            "tests/compose/test_hostile.py::test_any_parameters_are_read",
        ),
    ),
    Threat(
        "T22",
        "Charsets that are none: read as UTF-8 or Windows-1252",
        (
            "tests/content/test_content.py::test_hostile_mails_end_in_a_text_or_in_a_sentence",
            "tests/compose/reading/test_charsets.py",
            "tests/compose/test_hostile.py::test_any_octets_in_any_charset_are_characters",
        ),
    ),
    Threat(
        "T23",
        "Base64, quoted-printable and uuencode without sense or end: linear and capped",
        ("tests/compose/test_hostile.py::test_a_hostile_mail_is_answered_soon",),
    ),
    Threat(
        "T24",
        "HTML bombs: read or cut within the cap",
        (
            "tests/content/test_content.py::test_hostile_mails_end_in_a_text_or_in_a_sentence",
            "tests/compose/test_hostile.py::test_a_hostile_mail_is_answered_soon",
            "tests/compose/reading/test_html.py",
        ),
    ),
    Threat(
        "T25",
        "Pictures that unfold to gigabytes: refused by their header",
        (
            "tests/content/test_content.py::test_hostile_mails_end_in_a_text_or_in_a_sentence",
            "tests/compose/pictures/test_pictures.py::test_what_cannot_be_opened_is_left_out_with_a_reason",
            "tests/compose/pictures/test_pictures.py::test_all_pictures_of_a_message_have_80_megapixels",
            "tests/compose/pictures/test_pictures.py::test_any_octets_give_a_picture_or_a_reason",
        ),
    ),
    Threat(
        "T26",
        "Octets that are no text: the gateway gets valid text, percent-encoded",
        (
            "tests/gateways/test_intellisms_requests.py::test_no_word_breaks_out_of_its_form",
            "tests/compose/test_hostile.py::test_any_octets_give_a_mail_or_a_refusal",
        ),
    ),
    Threat(
        "T27",
        "Headers hidden behind a bare CR, said twice, or with a line's end inside: no effect",
        (
            "tests/compose/test_compose.py::test_the_user_context_is_one_clean_line",
            "tests/compose/test_wishes.py::test_of_two_headers_alike_the_first_counts",
        ),
    ),
    Threat(
        "T28",
        "User contexts that are long or odd: capped, and one form value",
        (
            "tests/compose/test_compose.py::test_the_user_context_is_one_clean_line",
            "tests/gateways/test_intellisms_requests.py::test_no_word_breaks_out_of_its_form",
            "tests/compose/test_wishes.py::test_a_header_asks_for_one_thing",
        ),
    ),
    Threat(
        "T29",
        "A false From: or originator: admits nobody, and is nobody's",
        (
            "tests/core/test_vouching.py",
            "tests/compose/test_authentication.py",
            "tests/listeners/test_relay_mail.py",
            "tests/core/test_policy.py::test_t29_a_user_sends_as_its_own_addresses",
            "tests/flows/test_relays.py",
            "tests/mailbox/test_relay.py",
        ),
    ),
    Threat(
        "T30",
        "A vacation notice: 550, no text",
        (
            "tests/compose/test_automatic.py",
            "tests/flows/test_loops.py::test_t30_a_vacation_notice_and_a_phones_auto_answer_end_after_one_turn",
        ),
    ),
    Threat(
        "T31",
        "An alert that says auto-generated: texted",
        ("tests/compose/test_automatic.py",),
    ),
    Threat(
        "T32",
        "Bounces: never texted",
        (
            "tests/compose/test_automatic.py",
            "tests/listeners/test_smtp_bounces.py",
        ),
    ),
    Threat(
        "T33",
        "What Bridge mails is marked as a machine's",
        ("tests/notices/test_marks.py",),
    ),
    Threat(
        "T34",
        "Mail that comes round again: 554 5.4.6",
        ("tests/flows/test_two_bridges.py",),
    ),
    Threat(
        "T35",
        "A phone and a mailbox that answer each other: rest after a few",
        (
            "tests/core/test_loops.py",
            "tests/spool/test_loops.py",
            "tests/flows/test_loops.py::test_t35_two_machines_that_do_not_know_each_other_come_to_rest",
        ),
    ),
    Threat(
        "T36",
        "Backscatter: refusals in the dialogue, reports to admitted senders alone, so many an hour",
        (
            "tests/core/test_gathering.py",
            "tests/spool/test_gathering.py",
            "tests/flows/test_gathering.py",
        ),
    ),
    Threat(
        "T40",
        "Callbacks without the secret: 404, all alike, counted, then dropped",
        (
            "tests/listeners/test_callbacks.py::test_all_that_is_wrong_is_the_same_404",
            "tests/listeners/test_callbacks.py::test_a_stranger_who_goes_on_hears_nothing_and_the_gateway_still_does",
            "tests/listeners/test_callbacks.py::test_the_secret_is_in_no_log",
            "tests/listeners/test_callbacks_wire.py::test_a_path_that_is_almost_right_is_404",
            "tests/listeners/test_admission.py",
            "tests/listeners/test_health.py",
        ),
    ),
    Threat(
        "T41",
        "A callback a hundred times: one mail",
        (
            "tests/spool/test_events.py::test_two_hundred_copies_at_once_are_one_event",
            "tests/spool/test_events.py::test_a_strong_key_is_one_event_for_ever",
            "tests/flows/test_callbacks.py::test_get_and_post_of_one_callback_are_one_mail_and_a_restart_changes_nothing",
        ),
    ),
    Threat(
        "T42",
        "One id with another text: stored and said",
        (
            "tests/spool/test_events.py::test_another_text_under_a_known_id_is_mailed_too_and_flagged",
            "tests/gateways/test_intellisms_callbacks.py::test_what_differs_in_its_key_is_another_event",
        ),
    ),
    Threat(
        "T43",
        "Two equal texts without an id: two mails",
        (
            "tests/spool/test_events.py::test_two_who_text_the_same_without_an_id_are_two_mails",
            "tests/spool/test_events.py::test_a_weak_copy_an_hour_later_is_a_text_of_its_own",
            "tests/flows/test_callbacks.py::test_two_texts_of_the_same_words_are_two_mails",
        ),
    ),
    Threat(
        "T44",
        "A report before the answer: joined to it",
        (
            "tests/spool/test_reports.py::test_a_report_that_came_before_the_answer_waits_for_it",
            "tests/spool/test_reports.py::test_an_orphan_older_than_three_days_is_told_to_nobody",
        ),
    ),
    Threat(
        "T45",
        "Reports out of order, unknown, contradicting: the first final one counts",
        (
            "tests/spool/test_reports.py::test_a_final_state_stays_whatever_comes_late_and_what_contradicts_it_is_flagged",
            "tests/gateways/test_intellisms_callbacks.py::test_a_status_has_a_meaning_words_and_an_enhanced_code",
        ),
    ),
    Threat(
        "T46",
        "Header injection by a phone: the set of headers never changes",
        (
            "tests/notices/test_injection.py",
            "tests/notices/test_hostile.py",
            "tests/fuzz/test_targets.py::test_nothing_breaks_it",
        ),
    ),
    Threat(
        "T47",
        "An odd originator: the address is ours",
        (
            "tests/notices/test_injection.py",
            "tests/notices/test_hostile.py",
        ),
    ),
    Threat(
        "T48",
        "Broken bodies: 200 once they are kept, and told",
        (
            "tests/listeners/test_callbacks.py::test_whatever_comes_is_stored_as_it_came",
            "tests/listeners/test_callbacks.py::test_a_compressed_body_is_stored_unopened",
            "tests/listeners/test_callbacks.py::test_one_octet_too_many_is_413",
            "tests/listeners/test_callbacks_wire.py",
            "tests/gateways/test_intellisms_callbacks.py::test_every_octet_is_taken_without_an_error",
            "tests/spool/test_large_values.py",
            "tests/flows/test_callbacks.py::test_what_cannot_be_understood_is_answered_200_kept_and_told_to_the_postmaster",
        ),
    ),
    Threat(
        "T49",
        "Slow and many HTTP clients: hung up on, others are served within a second",
        (
            "tests/listeners/test_callbacks.py::test_whoever_is_slow_is_shown_out",
            "tests/listeners/test_callbacks.py::test_slow_connections_do_not_stop_a_good_one",
            "tests/listeners/test_callbacks_floods.py",
            "tests/strangers/test_strangers.py",
        ),
    ),
    Threat(
        "T50",
        "The store is away: 503 within 5 s, never 200",
        (
            "tests/listeners/test_callbacks.py::test_a_store_that_hangs_is_503_and_what_it_commits_later_is_no_loss",
            "tests/listeners/test_callbacks.py::test_a_store_that_fails_after_503_is_no_fault_of_ours",
        ),
    ),
    Threat(
        "T55",
        "Names of MMS files: fetched by number from the gateway alone, bounded",
        (
            "tests/workers/test_fetching.py",
            "tests/gateways/test_intellisms_callbacks.py::test_of_a_thousand_files_and_more_a_thousand_are_named",
        ),
    ),
    Threat(
        "T56",
        "Errors and web pages in place of a picture: tried again, told, never shown as one",
        (
            "tests/workers/test_fetching.py::test_what_is_no_file_is_asked_for_again",
            "tests/workers/test_fetching.py::test_what_never_becomes_a_file_is_not_attached_as_one",
            "tests/workers/test_fetching.py::test_a_text_that_begins_as_an_error_does_is_a_text",
            "tests/workers/test_fetching.py::test_a_redirect_is_never_followed",
        ),
    ),
    Threat(
        "T57",
        "A picture that never comes: told after an hour",
        (
            "tests/workers/test_fetching.py::test_after_the_hour_the_mail_goes_with_what_there_is_and_never_again",
        ),
    ),
    Threat(
        "T60",
        "The gateway's password: in POST bodies over TLS alone, found nowhere else",
        (
            "tests/secrets/test_canary.py",
            "tests/secrets/test_smarthost.py",
            "tests/secrets/test_database.py",
            "tests/clients/test_uplink.py::test_a_request_is_a_post_with_all_that_is_secret_in_its_body",
            "tests/clients/test_uplink.py::test_no_reason_tells_a_secret",
        ),
    ),
    Threat(
        "T61",
        "A gateway without a good certificate: not sent",
        (
            "tests/clients/test_uplink.py::test_a_certificate_of_an_unknown_issuer_means_not_sent",
            "tests/clients/test_uplink.py::test_a_certificate_of_another_host_means_not_sent",
            "tests/clients/test_uplink.py::test_an_expired_certificate_means_not_sent",
            "tests/clients/test_uplink.py::test_tls_before_1_2_means_not_sent",
            "tests/clients/test_smarthost_tls.py",
            "tests/flows/test_hosts.py::test_a_gateway_that_cannot_prove_who_it_is_is_told_once_and_hears_nothing",
        ),
    ),
    Threat(
        "T62",
        "A gateway that redirects: not followed",
        (
            "tests/clients/test_uplink.py::test_a_redirect_is_an_answer_and_never_followed",
            "tests/flows/test_hosts.py::test_a_wrong_address_of_the_gateway_is_told_once_and_texts_wait",
        ),
    ),
    Threat(
        "T63",
        "Odd, huge and endless answers: by the table of evidence",
        (
            "tests/gateways/test_intellisms_answers.py",
            "tests/clients/test_uplink.py::test_an_endless_body_is_cut_at_the_cap",
            "tests/clients/test_uplink.py::test_what_was_compressed_unasked_is_unpacked_to_the_cap",
            "tests/clients/test_uplink.py::test_a_request_without_an_answer_may_have_been_read",
            "tests/fuzz/test_targets.py::test_nothing_breaks_it",
        ),
    ),
    Threat(
        "T64",
        "Proxies in the environment: not asked",
        (
            "tests/clients/test_uplink.py::test_proxies_of_the_environment_are_ignored",
            "tests/clients/test_uplink.py::test_a_hosts_name_is_looked_up_for_each_request",
        ),
    ),
    Threat(
        "T70",
        "Numbers that cost: refused at RCPT",
        ("tests/core/test_dear_numbers.py",),
    ),
    Threat(
        "T71",
        "A stolen account: what the limits allow, the rest held, told once",
        (
            "tests/core/test_limits.py",
            "tests/spool/test_limits.py",
            "tests/flows/test_limits.py::test_t71_of_a_hijacked_account_what_the_limits_allow_goes_and_the_operator_hears_once",
            "tests/time/test_leaps.py::test_t71_a_limits_window_is_neither_opened_nor_shut",
        ),
    ),
    Threat(
        "T72",
        "A text of 20 kB: max_segments at most, counted as the gateway counts",
        (
            "tests/flows/test_limits.py::test_t72_what_texts_cost_is_what_the_gateway_counts_and_what_is_limited",
            "tests/spool/test_limits.py::test_a_text_counts_its_segments",
        ),
    ),
    Threat(
        "T73",
        "Alerts above a limit: an allowance of their own; else held, never silence",
        (
            "tests/core/test_limits.py::test_urgent_texts_go_above_the_limits",
            "tests/core/test_limits.py::test_t73_of_all_senders_no_more_urgent_texts_go_above_the_limit_of_all",
            "tests/spool/test_limits.py::test_t73_an_urgent_text_goes_above_the_limits",
        ),
    ),
    Threat(
        "T74",
        "No credit: told, and waited for",
        ("tests/flows/test_credit.py",),
    ),
    Threat(
        "T80",
        "Line ends, escapes and directions in what is logged and printed: escaped, one line",
        ("tests/secrets/test_injection.py",),
    ),
    Threat(
        "T81",
        "Files that others may read, secrets in ps, environ and core dumps: none",
        (
            "tests/secrets/test_modes.py",
            "tests/settings/test_sources.py",
            "tests/secrets/test_canary.py::test_no_secret_is_where_it_has_no_business",
        ),
    ),
    Threat(
        "T82",
        "Old texts and numbers: erased",
        ("tests/stores/test_erasing.py",),
    ),
    Threat(
        "T83",
        "The operator's pages",
        why_none="there are none in this version",
    ),
    Threat(
        "T84",
        "What the service may do on its machine: next to nothing",
        ("tests/flows/test_systemd.py::test_the_units_are_in_order_and_hardened",),
    ),
    Threat(
        "T85",
        "Old libraries: floors and pins",
        ("tests/secrets/test_dependencies.py",),
    ),
)
