"""What a hold asks of the store, `{schema}` being its schema; each may be asked twice."""

TAKE = (
    "SELECT outcome, workspace, fence, who, silent FROM "
    "{schema}.take_1(%s, %s::uuid, %s::jsonb, %s * interval '1 s', %s)"
)
FREE = "SELECT {schema}.free_1(%s, %s::uuid)"
BEAT = "SELECT outcome, who FROM {schema}.beat_1(%s, %s::uuid)"
APPEND = (
    "SELECT outcome, who FROM "
    "{schema}.append_1(%s, %s::uuid, %s, %s::text[], %s::text[], %s::text[], %s::text[], %s::bytea[])"
)
BEGIN = (
    "SELECT outcome, who FROM "
    "{schema}.begin_1(%s, %s::uuid, %s, %s::text, %s::bytea, %s::jsonb, %s::text, %s::text, %s::jsonb)"
)
FINISH = (
    "SELECT outcome, who FROM {schema}.finish_1("
    "%s, %s::uuid, %s, %s::text[], %s::text[], %s::text[], %s::text[], %s::bytea[], "
    "%s::jsonb, %s::bigint, %s::bigint, %s::text[], %s::text[], %s::text[], "
    "%s::integer[], %s::jsonb, %s::jsonb, %s::jsonb)"
)
APPEND_CLAIMING = (
    "SELECT outcome, who FROM {schema}.append_claiming_1("
    "%s, %s::uuid, %s, %s::text[], %s::text[], %s::text[], %s::text[], %s::bytea[], %s::text[], %s::text[])"
)
PRUNE = "SELECT outcome, who FROM {schema}.prune_1(%s, %s::uuid, %s::bigint[], %s)"
STALE = """
SELECT r.seq, r.starts FROM {schema}.run r WHERE r.workspace = %s AND r.ended IS NOT NULL AND r.id <> %s
AND has_function_privilege('{schema}.prune_1(bigint, uuid, bigint[], boolean)', 'execute')
AND (r.began < clock_timestamp() - %s * interval '1 day' OR r.seq < (SELECT min(k.seq) FROM (
  SELECT n.seq FROM {schema}.run n WHERE n.workspace = r.workspace ORDER BY n.seq DESC LIMIT %s) k))
"""
HEAD = """
SELECT h.seq, h.link, h.fence FROM {schema}.hold h JOIN {schema}.workspace w ON w.id = h.workspace
WHERE w.name = %s
"""
