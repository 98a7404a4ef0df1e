-- States, journals and holds of workspaces. {{schema}} is the schema's name; whoever runs this owns it.
-- What a run calls are functions that bear a version, so that runners of two releases work side by side.

CREATE SCHEMA IF NOT EXISTS {{schema}};

-- What is here, and which versions of it a release must know to read or to write; `needs` is that release.
CREATE TABLE {{schema}}.store (
  one        boolean PRIMARY KEY DEFAULT true CHECK (one),
  version    integer NOT NULL,
  min_reader integer NOT NULL,
  min_writer integer NOT NULL,
  needs      text NOT NULL,
  changed    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- `head` is the state's document without its resources; `begun` the number of the record by which a run began that
-- has not ended. A workspace without a team is everybody's who may call the functions.
CREATE TABLE {{schema}}.workspace (
  id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name   text NOT NULL UNIQUE,
  team   text NOT NULL DEFAULT '',
  serial bigint NOT NULL DEFAULT 0,
  head   jsonb NOT NULL DEFAULT '{}',
  begun  bigint
);

-- Lease, fence and end of the journal. It changes with each record, so it stands in a narrow row of its own.
CREATE TABLE {{schema}}.hold (
  workspace bigint PRIMARY KEY REFERENCES {{schema}}.workspace,
  fence     bigint NOT NULL DEFAULT 0,
  token     uuid,
  seq       bigint NOT NULL DEFAULT 0,
  link      bytea NOT NULL DEFAULT '',
  who       jsonb,
  ttl       interval NOT NULL DEFAULT '20 s',
  beat      timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 50);

-- Who applied what, when: `seq` is the record by which a run began, of an edit by hand that by which it ended. What it did
-- are the records behind `after` up to `last`; `first` and `ending` are how it began and ended, as History tells it;
-- `starts` are digests of the tasks that it started, for which it is kept as long as they run.
CREATE TABLE {{schema}}.run (
  workspace bigint NOT NULL REFERENCES {{schema}}.workspace,
  seq       bigint NOT NULL,
  id        text NOT NULL,
  fence     bigint NOT NULL,
  command   text NOT NULL,
  who       jsonb NOT NULL,
  login     text NOT NULL DEFAULT session_user,
  address   inet DEFAULT inet_client_addr(),
  plan      text,
  began     timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended     timestamptz,
  result    text,
  serial    bigint,
  after     bigint NOT NULL,
  last      bigint,
  first     jsonb NOT NULL,
  ending    jsonb,
  starts    text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (workspace, seq)
);
CREATE INDEX run_by_id ON {{schema}}.run (workspace, id);
CREATE INDEX run_by_serial ON {{schema}}.run (workspace, serial);
CREATE INDEX run_by_after ON {{schema}}.run (workspace, after);

-- The saved plans that were carried out: each is so once, also when its run is not kept any more.
CREATE TABLE {{schema}}.used_plan (
  workspace bigint NOT NULL REFERENCES {{schema}}.workspace,
  plan      text NOT NULL,
  PRIMARY KEY (workspace, plan)
);

-- Kinds: b a run began, i intent, o outcome, e it ended. `gone` is an outcome that leaves nothing recorded; `link` is the
-- end of the chain with this record.
CREATE TABLE {{schema}}.journal (
  workspace bigint NOT NULL,
  seq       bigint NOT NULL,
  fence     bigint NOT NULL,
  run       text NOT NULL,
  at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  kind      text NOT NULL CHECK (kind IN ('b', 'i', 'o', 'e')),
  address   text,
  body      text NOT NULL,
  gone      boolean NOT NULL,
  link      bytea NOT NULL,
  PRIMARY KEY (workspace, seq)
);
CREATE INDEX journal_by_address ON {{schema}}.journal (workspace, address, seq DESC) WHERE address IS NOT NULL;

CREATE TABLE {{schema}}.entry (
  workspace bigint NOT NULL REFERENCES {{schema}}.workspace,
  address   text NOT NULL,
  seq       bigint NOT NULL,
  body      text NOT NULL,
  PRIMARY KEY (workspace, address)
) WITH (fillfactor = 80);

CREATE TABLE {{schema}}.open_intent (
  workspace bigint NOT NULL REFERENCES {{schema}}.workspace,
  address   text NOT NULL,
  seq       bigint NOT NULL,
  PRIMARY KEY (workspace, address)
);

-- The state as it was once written: its head, and up to which record its resources are those of the journal.
CREATE TABLE {{schema}}.generation (
  workspace bigint NOT NULL REFERENCES {{schema}}.workspace,
  serial    bigint NOT NULL,
  seq       bigint NOT NULL,
  link      bytea NOT NULL,
  head      jsonb NOT NULL,
  at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace, serial)
);

-- What only one resource can use at a time, over all workspaces: a digest of a robot in its room, a push address or
-- a session. Resources of one workspace may share it while one takes it over from another.
CREATE TABLE {{schema}}.claim (
  digest    text PRIMARY KEY,
  workspace bigint NOT NULL REFERENCES {{schema}}.workspace,
  addresses text[] NOT NULL
);
CREATE INDEX claim_by_workspace ON {{schema}}.claim (workspace);

-- The slots of all limits, as reconciler/pacing/slots.py has them, in a row each that is not logged: after a crash it is gone, and
-- its slots count as just used. `pace_known` outlives that, so that a limit that is new is not taken for one that was lost.
CREATE TABLE {{schema}}.pace_known (
  key   text PRIMARY KEY,
  since timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNLOGGED TABLE {{schema}}.pace (
  key        text PRIMARY KEY,
  per_second integer NOT NULL,
  held       float8[] NOT NULL,
  turn       float8 NOT NULL,
  low        float8 NOT NULL,
  lowered    float8 NOT NULL,
  trips      integer NOT NULL DEFAULT 0,
  quickest   float8 NOT NULL DEFAULT 'infinity',
  total      float8 NOT NULL DEFAULT 0,
  since      float8 NOT NULL DEFAULT '-infinity',
  before     float8 NOT NULL DEFAULT 'infinity'
) WITH (fillfactor = 50);

-- Whether whoever asks belongs to a team, which is a role; a workspace without one is everybody's, one of a role that is
-- not there nobody's.
CREATE FUNCTION {{schema}}.is_of_1(a_team text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
  SELECT a_team = '' OR EXISTS (
    SELECT FROM pg_roles r WHERE r.rolname = a_team AND pg_has_role(session_user, r.oid, 'member'));
$$;

-- Row security is for those who read tables. Functions that run with their owner's rights are not under it, so each of them
-- asks this.
CREATE FUNCTION {{schema}}.check_team_1(a_workspace bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
DECLARE w workspace;
BEGIN
  SELECT * INTO w FROM workspace x WHERE x.id = a_workspace;
  IF FOUND AND NOT is_of_1(w.team) THEN
    RAISE insufficient_privilege USING MESSAGE = format('workspace %s is of team %s', w.name, w.team);
  END IF;
END $$;

-- Declares whose a workspace is, whether it has a state yet or not; '' is everybody's. For the owner of the schema.
CREATE FUNCTION {{schema}}.set_team_1(a_name text, a_team text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
BEGIN
  IF a_team <> '' AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = a_team) THEN
    RAISE undefined_object USING MESSAGE = format('there is no role %s', a_team);
  END IF;
  INSERT INTO workspace AS x (name, team) VALUES (a_name, a_team) ON CONFLICT (name) DO UPDATE SET team = a_team;
  INSERT INTO hold (workspace) SELECT x.id FROM workspace x WHERE x.name = a_name ON CONFLICT DO NOTHING;
END $$;

ALTER TABLE {{schema}}.workspace ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_team ON {{schema}}.workspace FOR SELECT USING ({{schema}}.is_of_1(team));
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['hold', 'run', 'used_plan', 'journal', 'entry', 'open_intent', 'generation', 'claim'] LOOP
    EXECUTE format('ALTER TABLE {{schema}}.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY by_team ON {{schema}}.%I FOR SELECT '
                   'USING (workspace IN (SELECT w.id FROM {{schema}}.workspace w))', name);
  END LOOP;
END $$;

-- Takes a workspace that is free, this token's already, or whose holder was not heard of for its time. `least` is a
-- fence that the new one must exceed.
CREATE FUNCTION {{schema}}.take_1(a_name text, a_token uuid, a_who jsonb, a_ttl interval, a_least bigint)
RETURNS TABLE (outcome text, workspace bigint, fence bigint, who jsonb, silent float8)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
#variable_conflict use_column
DECLARE w workspace; h hold; moment timestamptz; risen bigint;
BEGIN
  SELECT * INTO w FROM workspace x WHERE x.name = a_name;
  IF NOT FOUND THEN
    INSERT INTO workspace (name) VALUES (a_name) ON CONFLICT (name) DO NOTHING;
    SELECT * INTO STRICT w FROM workspace x WHERE x.name = a_name;
    INSERT INTO hold (workspace) VALUES (w.id) ON CONFLICT DO NOTHING;
  END IF;
  PERFORM check_team_1(w.id);
  SELECT * INTO STRICT h FROM hold x WHERE x.workspace = w.id FOR UPDATE;
  moment := clock_timestamp();
  IF h.token <> a_token AND h.beat + h.ttl > moment THEN
    RETURN QUERY SELECT 'busy', w.id, h.fence, h.who, NULL::float8;
    RETURN;
  END IF;
  risen := greatest(h.fence, a_least) + CASE WHEN h.token = a_token THEN 0 ELSE 1 END;
  UPDATE hold x SET fence = risen, token = a_token, who = a_who, ttl = a_ttl, beat = moment
    WHERE x.workspace = w.id;
  RETURN QUERY SELECT 'held', w.id, risen, CASE WHEN h.token <> a_token THEN h.who END,
    CASE WHEN h.token <> a_token THEN extract(epoch FROM moment - h.beat)::float8 END;
END $$;

-- Whether the workspace still is this token's; if so, it was heard of.
CREATE FUNCTION {{schema}}.beat_1(a_workspace bigint, a_token uuid)
RETURNS TABLE (outcome text, who jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM check_team_1(a_workspace);
  UPDATE hold x SET beat = clock_timestamp() WHERE x.workspace = a_workspace AND x.token = a_token;
  IF FOUND THEN
    RETURN QUERY SELECT 'done', NULL::jsonb;
  ELSE
    RETURN QUERY SELECT 'lost', (SELECT x.who FROM hold x WHERE x.workspace = a_workspace AND x.token IS NOT NULL);
  END IF;
END $$;

CREATE FUNCTION {{schema}}.free_1(a_workspace bigint, a_token uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
  SELECT check_team_1(a_workspace);
  UPDATE hold x SET token = NULL, who = NULL, beat = '-infinity' WHERE x.workspace = a_workspace AND x.token = a_token;
$$;

-- Records in order, with the entries of outcomes (NULL: none any more); the first gets number a_after + 1. Done only while token and number are still the caller's: this
-- UPDATE is the fence, for it locks the row that a successor must take. Asked again after a lost answer it says `again`,
-- and writes all the same, so that it ends no sooner than what it speaks of is where commits have to be.
CREATE FUNCTION {{schema}}.append_1(a_workspace bigint, a_token uuid, a_after bigint, a_kinds text[],
                                    a_addresses text[], a_bodies text[], a_entries text[], a_links bytea[])
RETURNS TABLE (outcome text, who jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
#variable_conflict use_column
DECLARE n integer := cardinality(a_kinds); h hold;
BEGIN
  PERFORM check_team_1(a_workspace);
  UPDATE hold x SET seq = a_after + n, link = a_links[n], beat = clock_timestamp()
    WHERE x.workspace = a_workspace AND x.token = a_token AND x.seq = a_after
    RETURNING x.* INTO h;
  IF NOT FOUND THEN
    RETURN QUERY SELECT CASE WHEN b.outcome = 'lost' THEN 'lost' WHEN EXISTS (
        SELECT FROM journal j WHERE j.workspace = a_workspace AND j.seq = a_after + n AND j.link = a_links[n])
      THEN 'again' ELSE 'moved' END, b.who FROM beat_1(a_workspace, a_token) b;
    RETURN;
  END IF;
  INSERT INTO journal (workspace, seq, fence, run, kind, address, body, gone, link)
    SELECT a_workspace, a_after + r.n, h.fence, coalesce(h.who ->> 'run', ''), r.kind, r.address, r.body,
           r.kind = 'o' AND r.entry IS NULL, r.link
    FROM unnest(a_kinds, a_addresses, a_bodies, a_entries, a_links) WITH ORDINALITY AS r (kind, address, body, entry, link, n);
  PERFORM note_1(a_workspace, a_after, a_kinds, a_addresses, a_entries);
  RETURN QUERY SELECT 'done', NULL::jsonb;
END $$;

-- What the records make of entries and open intents: of each resource its last outcome, and an intent behind that.
CREATE FUNCTION {{schema}}.note_1(a_workspace bigint, a_after bigint, a_kinds text[], a_addresses text[], a_entries text[])
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
BEGIN
  WITH last AS (
    SELECT DISTINCT ON (r.address) r.address, r.kind, a_after + r.n AS seq
    FROM unnest(a_kinds, a_addresses) WITH ORDINALITY AS r (kind, address, n)
    WHERE r.kind IN ('i', 'o') ORDER BY r.address, r.n DESC
  ), closed AS (
    DELETE FROM open_intent x USING last WHERE x.workspace = a_workspace AND x.address = last.address AND last.kind = 'o'
  )
  INSERT INTO open_intent AS x (workspace, address, seq) SELECT a_workspace, last.address, last.seq FROM last
    WHERE last.kind = 'i' ON CONFLICT (workspace, address) DO UPDATE SET seq = excluded.seq;
  WITH last AS (
    SELECT DISTINCT ON (r.address) r.address, r.body, a_after + r.n AS seq
    FROM unnest(a_kinds, a_addresses, a_entries) WITH ORDINALITY AS r (kind, address, body, n)
    WHERE r.kind = 'o' ORDER BY r.address, r.n DESC
  ), dropped AS (
    DELETE FROM entry x USING last WHERE x.workspace = a_workspace AND x.address = last.address AND last.body IS NULL
  )
  INSERT INTO entry AS x (workspace, address, seq, body) SELECT a_workspace, last.address, last.seq, last.body FROM last
    WHERE last.body IS NOT NULL
    ON CONFLICT (workspace, address) DO UPDATE SET seq = excluded.seq, body = excluded.body;
END $$;

-- Records as append_1 takes them, with claims for what their intents will occupy: both or neither. Where another workspace
-- has some of it nothing is done, and `who` lists that.
CREATE FUNCTION {{schema}}.append_claiming_1(a_workspace bigint, a_token uuid, a_after bigint, a_kinds text[],
                                             a_addresses text[], a_bodies text[], a_entries text[], a_links bytea[],
                                             a_claimants text[], a_digests text[])
RETURNS TABLE (outcome text, who jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
#variable_conflict use_column
DECLARE found_one record;
BEGIN
  SELECT * INTO found_one FROM append_1(a_workspace, a_token, a_after, a_kinds, a_addresses, a_bodies, a_entries, a_links);
  IF found_one.outcome = 'done' THEN
    PERFORM add_1(a_workspace, a_claimants, a_digests, false);
    IF EXISTS (SELECT FROM claim c WHERE c.digest = ANY (a_digests) AND c.workspace <> a_workspace) THEN
      RAISE EXCEPTION USING ERRCODE = 'RC002', MESSAGE = 'another workspace has it';
    END IF;
  END IF;
  RETURN QUERY SELECT found_one.outcome::text, found_one.who::jsonb;
EXCEPTION WHEN SQLSTATE 'RC002' THEN
  RETURN QUERY SELECT 'claimed', others_1(a_workspace, a_digests);
END $$;

-- Which of the digests other workspaces have; NULL for none.
CREATE FUNCTION {{schema}}.others_1(a_workspace bigint, a_digests text[]) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
  SELECT jsonb_agg(jsonb_build_object('digest', c.digest, 'workspace', w.name, 'address', c.addresses[1]))
    FROM claim c JOIN workspace w ON w.id = c.workspace WHERE c.digest = ANY (a_digests) AND c.workspace <> a_workspace;
$$;

-- What of the digests other workspaces have than the one of that name, of any team: whoever asks knows what they are digests of.
CREATE FUNCTION {{schema}}.claimed_1(a_name text, a_digests text[]) RETURNS TABLE (digest text, workspace text, address text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
  SELECT c.digest, w.name, c.addresses[1] FROM claim c JOIN workspace w ON w.id = c.workspace
    WHERE c.digest = ANY (a_digests) AND w.name <> a_name;
$$;

-- Adds claims for resources, but to those that another workspace has. Where a state is moved, and has the lineage of the
-- other one, its claims are moved with it. In one order, so that no two wait for each other.
CREATE FUNCTION {{schema}}.add_1(a_workspace bigint, a_addresses text[], a_digests text[], a_moves boolean) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
  INSERT INTO claim AS c (digest, workspace, addresses)
    SELECT k.digest, a_workspace, array_agg(DISTINCT k.address) FROM unnest(a_addresses, a_digests) AS k (address, digest)
    GROUP BY k.digest ORDER BY k.digest
    ON CONFLICT (digest) DO UPDATE SET workspace = a_workspace, addresses = CASE WHEN c.workspace = a_workspace
        THEN ARRAY(SELECT DISTINCT x FROM unnest(c.addresses || excluded.addresses) x) ELSE excluded.addresses END
      WHERE c.workspace = a_workspace OR a_moves AND EXISTS (
        SELECT FROM workspace w JOIN workspace v ON w.head ->> 'lineage' = v.head ->> 'lineage'
        WHERE w.id = c.workspace AND v.id = a_workspace);
$$;

-- Of the resources that were changed, the claims that are named and no others; what another workspace has it keeps.
CREATE FUNCTION {{schema}}.keep_1(a_workspace bigint, a_changed text[], a_addresses text[], a_digests text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
BEGIN
  UPDATE claim c SET addresses = ARRAY(SELECT x FROM unnest(c.addresses) x WHERE x <> ALL (a_changed))
    WHERE c.workspace = a_workspace AND c.addresses && a_changed;
  PERFORM add_1(a_workspace, a_addresses, a_digests, true);
  DELETE FROM claim c WHERE c.workspace = a_workspace AND c.addresses = '{}';
END $$;

-- The first record of a run, which uses its plan up; `a_first` is what is kept of it. What the same hold has told of itself
-- before, as it took over what an interrupted run had done, is told by this run.
CREATE FUNCTION {{schema}}.begin_1(a_workspace bigint, a_token uuid, a_after bigint, a_body text, a_link bytea,
                                   a_head jsonb, a_run text, a_plan text, a_first jsonb)
RETURNS TABLE (outcome text, who jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
#variable_conflict use_column
DECLARE found_one record; h hold;
BEGIN
  SELECT * INTO found_one FROM append_1(a_workspace, a_token, a_after, ARRAY['b'], ARRAY[NULL::text], ARRAY[a_body],
                                        ARRAY[NULL::text], ARRAY[a_link]);
  IF found_one.outcome = 'done' THEN
    UPDATE workspace x SET head = a_head, begun = a_after + 1 WHERE x.id = a_workspace AND x.begun IS NULL;
    IF NOT FOUND THEN
      RAISE EXCEPTION USING ERRCODE = 'RC001', MESSAGE = 'a run has begun and is not ended';
    END IF;
    INSERT INTO used_plan (workspace, plan) SELECT a_workspace, a_plan WHERE a_plan IS NOT NULL;
    SELECT * INTO STRICT h FROM hold x WHERE x.workspace = a_workspace;
    DELETE FROM run x WHERE x.workspace = a_workspace AND x.id = a_run AND x.fence = h.fence;
    INSERT INTO run (workspace, seq, id, fence, command, who, plan, after, first)
      VALUES (a_workspace, a_after + 1, a_run, h.fence, coalesce(h.who ->> 'command', ''), h.who, a_plan, a_after + 1, a_first);
  END IF;
  RETURN QUERY SELECT found_one.outcome::text, found_one.who::jsonb;
END $$;

-- The last records of a run, its end, and the state that it leaves: only over the serial that it set out from. `who` lists
-- what other workspaces have of what its resources occupy, as an edit of the state may have it.
-- The first a_parts[1] records belong to the run that has begun, those up to a_parts[2] to an edit by hand. `a_first` is how an
-- edit began, NULL of a run; `a_endings` and `a_starts` are those of the run that has begun and of an edit: NULL where
-- there is none.
CREATE FUNCTION {{schema}}.finish_1(a_workspace bigint, a_token uuid, a_after bigint, a_kinds text[], a_addresses text[],
                                    a_bodies text[], a_entries text[], a_links bytea[], a_head jsonb, a_before bigint,
                                    a_serial bigint, a_changed text[], a_claimants text[], a_digests text[],
                                    a_parts integer[], a_first jsonb, a_endings jsonb, a_starts jsonb)
RETURNS TABLE (outcome text, who jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
#variable_conflict use_column
DECLARE found_one record; w workspace; h hold; n integer := cardinality(a_kinds);
BEGIN
  SELECT * INTO found_one FROM append_1(a_workspace, a_token, a_after, a_kinds, a_addresses, a_bodies, a_entries, a_links);
  IF found_one.outcome = 'done' THEN
    SELECT * INTO STRICT w FROM workspace x WHERE x.id = a_workspace FOR UPDATE;
    IF w.serial <> a_before THEN
      RAISE EXCEPTION USING ERRCODE = 'RC001', MESSAGE = format('serial %s was written meanwhile', w.serial);
    END IF;
    SELECT * INTO STRICT h FROM hold x WHERE x.workspace = a_workspace;
    UPDATE workspace x SET head = a_head, serial = a_serial, begun = NULL WHERE x.id = a_workspace;
    DELETE FROM open_intent x WHERE x.workspace = a_workspace;
    PERFORM keep_1(a_workspace, a_changed, a_claimants, a_digests);
    INSERT INTO generation (workspace, serial, seq, link, head) VALUES (a_workspace, a_serial, a_after + n, h.link, a_head);
    UPDATE run x SET ended = clock_timestamp(), serial = a_serial, last = a_after + a_parts[1], ending = a_endings -> 0,
        result = a_endings -> 0 ->> 'ending', starts = ARRAY(SELECT jsonb_array_elements_text(a_starts -> 0))
      WHERE x.workspace = a_workspace AND x.seq = w.begun;
    IF a_first IS NOT NULL THEN
      DELETE FROM run x WHERE x.workspace = a_workspace AND x.id = a_first ->> 'run' AND x.fence = h.fence;
      INSERT INTO run (workspace, seq, id, fence, command, who, ended, result, serial, after, last, first, ending, starts)
        VALUES (a_workspace, a_after + n, a_first ->> 'run', h.fence, coalesce(h.who ->> 'command', ''), h.who,
                clock_timestamp(), a_endings -> 1 ->> 'ending', a_serial, a_after + a_parts[1], a_after + a_parts[2], a_first,
                a_endings -> 1, ARRAY(SELECT jsonb_array_elements_text(a_starts -> 1)));
    END IF;
  END IF;
  RETURN QUERY SELECT found_one.outcome::text, coalesce(found_one.who::jsonb, others_1(a_workspace, a_digests));
END $$;

-- Removes runs that are over, and where it is asked to, the records that nobody can ask for any more.
CREATE FUNCTION {{schema}}.prune_1(a_workspace bigint, a_token uuid, a_runs bigint[], a_sweeps boolean)
RETURNS TABLE (outcome text, who jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
#variable_conflict use_column
DECLARE found_one record;
BEGIN
  SELECT * INTO found_one FROM beat_1(a_workspace, a_token);
  IF found_one.outcome = 'done' THEN
    DELETE FROM run x WHERE x.workspace = a_workspace AND x.seq = ANY (a_runs) AND x.ended IS NOT NULL;
    IF a_sweeps THEN
      PERFORM sweep_1(a_workspace);
    END IF;
  END IF;
  RETURN QUERY SELECT found_one.outcome::text, found_one.who::jsonb;
END $$;

-- Removes the generations of runs that are not kept, but for the last ten, and of the journal what none that is kept needs:
-- needed are the records of kept runs, and what was recorded of each resource when one of them began or a generation was
-- written.
CREATE FUNCTION {{schema}}.sweep_1(a_workspace bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
BEGIN
  DELETE FROM generation g WHERE g.workspace = a_workspace
    AND NOT EXISTS (SELECT FROM run r WHERE r.workspace = a_workspace AND r.serial = g.serial)
    AND g.serial < (SELECT min(x.serial) FROM (SELECT n.serial FROM generation n WHERE n.workspace = a_workspace
                                               ORDER BY n.serial DESC LIMIT 10) x);
  WITH point AS (
    SELECT j.seq, j.address, j.gone, true AS is_outcome FROM journal j WHERE j.workspace = a_workspace AND j.kind = 'o'
    UNION ALL SELECT g.seq, NULL, NULL, false FROM generation g WHERE g.workspace = a_workspace
    UNION ALL SELECT r.after, NULL, NULL, false FROM run r WHERE r.workspace = a_workspace
  ), span AS (
    SELECT p.*, min(p.seq) FILTER (WHERE NOT p.is_outcome)
                  OVER (ORDER BY p.seq DESC, p.is_outcome ROWS UNBOUNDED PRECEDING) AS asked,
           lead(p.seq) OVER (PARTITION BY p.address, p.is_outcome ORDER BY p.seq) AS next FROM point p
  ), needed AS (
    SELECT s.seq, s.gone, row_number() OVER (PARTITION BY s.address ORDER BY s.seq) AS nth FROM span s
    WHERE s.is_outcome AND s.asked IS NOT NULL AND (s.next IS NULL OR s.asked < s.next)
  )
  DELETE FROM journal j USING (
    SELECT x.seq FROM journal x
    LEFT JOIN needed n ON n.seq = x.seq AND NOT (n.gone AND n.nth = 1)
    LEFT JOIN LATERAL (
      SELECT coalesce(r.last, x.seq) AS last FROM run r WHERE r.workspace = a_workspace AND r.after < x.seq
      ORDER BY r.after DESC LIMIT 1
    ) k ON true
    WHERE x.workspace = a_workspace AND n.seq IS NULL AND NOT coalesce(x.seq <= k.last, false)
  ) old
  WHERE j.workspace = a_workspace AND j.seq = old.seq
    AND j.seq < (SELECT max(g.seq) FROM generation g WHERE g.workspace = a_workspace);
END $$;

-- The share of a limit that may be used at a moment; what a round trip takes at least, as far as is known.
CREATE FUNCTION {{schema}}.pace_share_1(p {{schema}}.pace, a_now float8) RETURNS float8
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
  SELECT CASE WHEN (p).low >= 1 THEN 1.0 ELSE least(1.0, (p).low + 0.02 * floor((a_now - (p).lowered) / 3.0)) END::float8;
$$;
CREATE FUNCTION {{schema}}.pace_seen_1(p {{schema}}.pace) RETURNS float8
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
  SELECT CASE WHEN (p).trips < 20 THEN (p).quickest ELSE 2 * (p).quickest - (p).total / (p).trips - 0.005 END;
$$;

-- The slots with one that is given back: `a_trip` is how long the answer took, NULL without one; it came at `a_ended`.
CREATE FUNCTION {{schema}}.pace_give_1(p {{schema}}.pace, a_slot float8, a_trip float8, a_throttled boolean, a_ended float8)
RETURNS {{schema}}.pace
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
DECLARE least_trip float8 := 0; place integer := array_position(p.held, a_slot);
BEGIN
  IF place IS NOT NULL THEN
    p.held := p.held[:place - 1] || p.held[place + 1:];
  END IF;
  IF a_trip IS NOT NULL THEN
    IF p.trips = 0 AND p.before = 'infinity' THEN
      p.since := a_ended;
    ELSIF p.trips >= 20 AND a_ended - p.since > 60 THEN
      p.before := pace_seen_1(p);
      p.trips := 0; p.quickest := 'infinity'; p.total := 0; p.since := a_ended;
    END IF;
    p.trips := p.trips + 1; p.quickest := least(p.quickest, a_trip); p.total := p.total + a_trip;
  END IF;
  IF a_throttled THEN
    p.trips := 0; p.quickest := 'infinity'; p.total := 0; p.since := '-infinity'; p.before := 'infinity';
  END IF;
  IF a_trip IS NOT NULL AND (p.trips >= 20 OR p.before < 'infinity') THEN
    least_trip := greatest(0, least(p.before, pace_seen_1(p)));
  END IF;
  p.held := p.held || (a_ended + 1.002 - least_trip);
  -- The second before a refusal fills the window of the one after it, and tells nothing new.
  IF a_throttled AND a_slot - 60 >= p.lowered + 1.002 THEN
    p.low := greatest(0.125, pace_share_1(p, a_ended) / 2); p.lowered := a_ended;
  END IF;
  RETURN p;
END $$;

-- The slots with one more that is taken, for the moment `a_at`; or NULL for `a_slot`, and when to look again. A slot whose
-- end is known is given before that comes: so one round trip has it, wherever its user is.
CREATE FUNCTION {{schema}}.pace_take_1(INOUT p {{schema}}.pace, a_now float8, OUT a_slot float8, OUT a_at float8)
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
DECLARE spacing float8; due float8; most integer; surplus integer; free float8;
BEGIN
  IF a_now - p.turn > 60 THEN
    p.trips := 0; p.quickest := 'infinity'; p.total := 0; p.since := '-infinity'; p.before := 'infinity';
  END IF;
  p.held := ARRAY(SELECT u FROM unnest(p.held) u WHERE u > a_now ORDER BY u);
  spacing := 1 / (0.95 * pace_share_1(p, a_now) * p.per_second);
  due := p.turn + spacing;
  most := greatest(1, floor(pace_share_1(p, a_now) * p.per_second));
  surplus := cardinality(p.held) - most;
  free := CASE WHEN surplus < 0 THEN a_now ELSE p.held[surplus + 1] END;
  a_at := greatest(due, least(free, a_now + 1.002), a_now);
  IF free > a_now + 1.002 THEN
    RETURN;
  ELSIF a_at > a_now + 2 THEN
    a_at := a_at - 1;  -- to be asked for a second before
    RETURN;
  END IF;
  a_slot := a_at + 60;
  p.turn := a_at - CASE WHEN a_at < ANY (p.held) THEN least(a_at - due, 0.5 * spacing) ELSE 0 END;
  p.held := p.held || a_slot;
END $$;

-- Gives slots of one limit back, and takes as many as are wanted: in one step, and so by one round trip. `ago` are the seconds
-- since the ends of the calls, which their processes know. A slot that was never asked for again, as its answer was lost, ends
-- by its time.
CREATE FUNCTION {{schema}}.pace_1(a_key text, a_per_second integer, a_wanted integer, a_slots float8[], a_trips float8[],
                                  a_throttled boolean[], a_ago float8[])
RETURNS TABLE (slot float8, waits float8)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
#variable_conflict use_column
DECLARE p pace; moment float8; taken record; is_new boolean := false;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  SELECT * INTO p FROM pace x WHERE x.key = a_key FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO pace_known (key) VALUES (a_key) ON CONFLICT DO NOTHING;
    is_new := FOUND;
    moment := extract(epoch FROM clock_timestamp());
    INSERT INTO pace (key, per_second, held, turn, low, lowered)
      VALUES (a_key, a_per_second, array_fill(moment + 1.002, ARRAY[a_per_second]), moment,
              CASE WHEN is_new THEN 1 ELSE 0.5 END, CASE WHEN is_new THEN '-infinity' ELSE moment END)
      ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT p FROM pace x WHERE x.key = a_key FOR UPDATE;
  END IF;
  moment := extract(epoch FROM clock_timestamp());
  p.per_second := a_per_second;
  IF p.lowered > moment OR p.turn > moment + 5 THEN  -- the server's clock was set back
    p.held := array_fill(moment + 1.002, ARRAY[a_per_second]); p.turn := moment; p.low := 0.5; p.lowered := moment;
  END IF;
  FOR k IN 1..cardinality(a_slots) LOOP
    p := pace_give_1(p, a_slots[k], a_trips[k], a_throttled[k], moment - a_ago[k]);
  END LOOP;
  FOR k IN 1..a_wanted LOOP
    SELECT * INTO taken FROM pace_take_1(p, moment);
    p := taken.p;
    slot := taken.a_slot; waits := taken.a_at - moment;
    RETURN NEXT;
    EXIT WHEN taken.a_slot IS NULL;
  END LOOP;
  UPDATE pace x SET per_second = p.per_second, held = p.held, turn = p.turn, low = p.low, lowered = p.lowered, trips = p.trips,
    quickest = p.quickest, total = p.total, since = p.since, before = p.before WHERE x.key = a_key;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {{schema}} FROM PUBLIC;
-- By row security, whoever reads a table asks this.
GRANT EXECUTE ON FUNCTION {{schema}}.is_of_1(text) TO PUBLIC;
