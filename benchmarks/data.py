"""Past calls by the million: made by PostgreSQL itself, in seconds."""

import json

from django.db import connection

from agents.models import Agent
from billing.models import Account
from orgs.models import Organization

ORGANIZATIONS, AGENTS_EACH = 20, 5
EVENTS = 28

# Skewed, as life is: the first organization has a quarter of all calls. Metrics are
# about 3 kB of JSON a call. Ids are even, so that the plans are those of real ids.
CALLS = """
    INSERT INTO calls (
        id, organization_id, agent_id, channel, direction, from_number, to_number,
        status, failure_reason, end_reason, started_at, ended_at, duration_secs,
        bot_url, turns, interruptions, avg_latency, avg_llm_ttfb, avg_tts_ttfb,
        avg_stt_ttfb, prompt_tokens, completion_tokens, tts_characters, stt_seconds,
        llm_engine, stt_engine, tts_engine,
        cost_llm, cost_stt, cost_tts, cost_sip, cost_total, is_unpriced,
        billing_status, recording_key, agent_config, dynamic_variables, metrics,
        transcript
    )
    SELECT
        gen_random_uuid(), agent.organization_id, agent.id,
        (array['web', 'phone', 'whatsapp_call', 'chat'])[1 + n %% 4], 'inbound',
        '+9198' || (10000000 + n), '',
        CASE WHEN n %% 20 = 0 THEN 'failed' ELSE 'completed' END,
        CASE WHEN n %% 20 = 0 THEN 'llm_error' ELSE '' END,
        'caller_hangup', at, at + interval '90 seconds', 90, '', 8, n %% 3,
        latency, latency * 0.6, latency * 0.15, latency * 0.2, 1240, 380, 2104, 93.4,
        'openai/gpt-4.1-mini', 'deepgram/nova-3', 'deepgram/aura-2',
        0.11, 0.93, 6.31, 0, 7.35, false, 'charged', '', '{}', '{}',
        jsonb_build_object('avgLatency', latency, 'turns', 8, 'nth', n) || %s::jsonb,
        '[]'
    FROM (
        SELECT n, 0.6 + random() + random() * random() AS latency,
            now() - n * interval '3 seconds' AS at,
            1 + floor(power(random(), 3) * %s)::int AS agent_number
        FROM generate_series(%s + 1, %s) n
    ) call
    JOIN (
        SELECT id, organization_id,
            row_number() OVER (ORDER BY organization_id, id) AS nth
        FROM agents_agent
    ) agent ON agent.nth = call.agent_number
"""


def fill(calls: int) -> Organization:
    """See to it that there are ``calls`` past calls, of twenty organizations; answers
    the busiest one. May be called again with more."""
    if not Agent.objects.exists():
        make_organizations()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        connection.connection.patience_secs = 3600
        cursor.execute("SELECT count(*) FROM calls")
        present = cursor.fetchone()[0]
        agents = ORGANIZATIONS * AGENTS_EACH
        cursor.execute(CALLS, [events(), agents, present, calls])
        cursor.execute("VACUUM ANALYZE calls")
        cursor.execute(
            "SELECT organization_id FROM calls GROUP BY 1"
            " ORDER BY count(*) DESC LIMIT 1"
        )
        busiest = cursor.fetchone()[0]
    return Organization.objects.get(pk=busiest)


def make_organizations() -> None:
    for number in range(ORGANIZATIONS):
        organization = Organization.objects.create(name=f"Organization {number}")
        Account.objects.create(organization=organization, balance=1_000_000)
        for each in range(AGENTS_EACH):
            Agent.objects.create(
                organization=organization, name=f"Agent {each}", prompt="Be brief."
            )


def events() -> str:
    """The timeline of a call as JSON, about 3 kB."""
    one = {
        "type": "ttfb",
        "service": "llm",
        "processor": "OpenAILLMService#0",
        "model": "gpt-4.1-mini",
    }
    listed = [
        one | {"value": 0.31 + nth / 100, "at": nth * 3.1, "turn": nth // 4}
        for nth in range(EVENTS)
    ]
    return json.dumps({"events": listed})
