-- The fleet: which workspaces are looked after, when the next round of each is due, and whose it is meanwhile.

-- A worker is one process. It proves itself by its beat, for all rounds that it has; once it is `gone`, it is so for ever.
CREATE TABLE {{schema}}.worker (
  id       uuid PRIMARY KEY,
  name     text NOT NULL,
  who      jsonb NOT NULL,
  ttl      interval NOT NULL,
  began    timestamptz NOT NULL DEFAULT clock_timestamp(),
  beat     timestamptz NOT NULL DEFAULT clock_timestamp(),
  draining boolean NOT NULL DEFAULT false,
  gone     boolean NOT NULL DEFAULT false
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX worker_by_name ON {{schema}}.worker (name) WHERE NOT gone;

-- `worker` has the round under way, under `fence`, which rises with each; NULL: nobody has. `turn` is the asking by which
-- it was given, `woken` tells that something brought the next round forward since. `last` had the last one, and `lost` that it
-- did not end it. `kept` is what the next round has to know of those before.
CREATE TABLE {{schema}}.work (
  workspace bigint PRIMARY KEY REFERENCES {{schema}}.workspace,
  account   text NOT NULL DEFAULT '',
  due       timestamptz NOT NULL DEFAULT clock_timestamp(),
  why       text NOT NULL DEFAULT '',
  woken     boolean NOT NULL DEFAULT false,
  fence     bigint NOT NULL DEFAULT 0,
  worker    uuid,
  turn      uuid,
  began     timestamptz,
  ended     timestamptz,
  last      text NOT NULL DEFAULT '',
  lost      boolean NOT NULL DEFAULT false,
  outcome   text NOT NULL DEFAULT '',
  kept      jsonb NOT NULL DEFAULT '{}'
) WITH (fillfactor = 50);
CREATE INDEX work_under_way ON {{schema}}.work (worker) WHERE worker IS NOT NULL;

ALTER TABLE {{schema}}.work ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_team ON {{schema}}.work FOR SELECT USING (workspace IN (SELECT w.id FROM {{schema}}.workspace w));

-- Takes from workers that were not heard of for their time what they had. The lock of its row decides between a worker's beat
-- and this: what was taken cannot be proven any more.
CREATE FUNCTION {{schema}}.bury_1() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
DECLARE one worker;
BEGIN
  FOR one IN SELECT * FROM worker x WHERE NOT x.gone AND x.beat + x.ttl <= clock_timestamp() FOR UPDATE SKIP LOCKED LOOP
    UPDATE worker x SET gone = true WHERE x.id = one.id;
    UPDATE work x SET worker = NULL, turn = NULL, lost = true WHERE x.worker = one.id;
  END LOOP;
END $$;

-- Makes a worker known, whose name no other one may have that lives: `who` is that one then. Forgets those gone for a day.
CREATE FUNCTION {{schema}}.enlist_1(a_id uuid, a_name text, a_who jsonb, a_ttl interval)
RETURNS TABLE (outcome text, who jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM bury_1();
  DELETE FROM worker x WHERE x.gone AND x.beat < clock_timestamp() - interval '1 day';
  INSERT INTO worker (id, name, who, ttl) VALUES (a_id, a_name, a_who, a_ttl) ON CONFLICT DO NOTHING;
  RETURN QUERY SELECT CASE WHEN x.id = a_id THEN 'done' ELSE 'busy' END, x.who FROM worker x
    WHERE x.name = a_name AND NOT x.gone;
END $$;

-- Whether the worker still is one; if so, it was heard of, and is told whether it is to end.
CREATE FUNCTION {{schema}}.worker_beat_1(a_id uuid) RETURNS TABLE (outcome text, draining boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
#variable_conflict use_column
BEGIN
  UPDATE worker x SET beat = clock_timestamp() WHERE x.id = a_id AND NOT x.gone AND x.beat + x.ttl > clock_timestamp();
  IF FOUND THEN
    RETURN QUERY SELECT 'done', x.draining FROM worker x WHERE x.id = a_id;
  ELSE
    RETURN QUERY SELECT 'lost', false;
  END IF;
END $$;

-- Ends a worker in order: what it still has is anybody's at once.
CREATE FUNCTION {{schema}}.discharge_1(a_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
BEGIN
  UPDATE worker x SET gone = true WHERE x.id = a_id;
  UPDATE work x SET worker = NULL, turn = NULL WHERE x.worker = a_id;
END $$;

-- Has a worker of that name take nothing new, and end; false where none lives.
CREATE FUNCTION {{schema}}.drain_1(a_name text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
BEGIN
  PERFORM bury_1();
  UPDATE worker x SET draining = true WHERE x.name = a_name AND NOT x.gone;
  RETURN FOUND;
END $$;

-- Puts a workspace into the queue, due at once; one that is there stays as it is.
CREATE FUNCTION {{schema}}.schedule_1(a_name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
DECLARE w workspace;
BEGIN
  SELECT * INTO w FROM workspace x WHERE x.name = a_name;
  IF NOT FOUND THEN
    INSERT INTO workspace (name) VALUES (a_name) ON CONFLICT (name) DO NOTHING;
    SELECT * INTO STRICT w FROM workspace x WHERE x.name = a_name;
    INSERT INTO hold (workspace) VALUES (w.id) ON CONFLICT DO NOTHING;
  END IF;
  PERFORM check_team_1(w.id);
  INSERT INTO work (workspace, why) VALUES (w.id, 'it came to the fleet') ON CONFLICT DO NOTHING;
END $$;

-- Takes a workspace out of the queue; a round that is under way can end, and tells nobody.
CREATE FUNCTION {{schema}}.unschedule_1(a_name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
DECLARE w workspace;
BEGIN
  SELECT * INTO w FROM workspace x WHERE x.name = a_name;
  IF FOUND THEN
    PERFORM check_team_1(w.id);
    DELETE FROM work x WHERE x.workspace = w.id;
  END IF;
END $$;

-- Brings the next round of a workspace forward, but no closer than 5 s to the beginning of the one before.
CREATE FUNCTION {{schema}}.rouse_1(a_workspace bigint, a_why text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
  UPDATE work x SET woken = true, why = a_why,
    due = greatest(clock_timestamp(), x.began + interval '5 s')
  WHERE x.workspace = a_workspace AND (NOT x.woken OR x.due > greatest(clock_timestamp(), x.began + interval '5 s'));
$$;
CREATE FUNCTION {{schema}}.wake_1(a_name text, a_why text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
DECLARE w workspace;
BEGIN
  SELECT * INTO w FROM workspace x WHERE x.name = a_name;
  IF FOUND THEN
    PERFORM check_team_1(w.id);
    PERFORM rouse_1(w.id, a_why);
  END IF;
END $$;

-- Gives a worker rounds that are due and that nobody has, so many at most: of the account first that has the fewest under way,
-- then by when they are due. Who had the last one, and so has read the manifests, has 2 s before others get it, unless
-- something woke it. Not those of a plain watch that leads there. Asked again by the same turn it gives the same ones.
CREATE FUNCTION {{schema}}.claim_1(a_worker uuid, a_turn uuid, a_most integer, a_skips text[])
RETURNS TABLE (workspace bigint, name text, fence bigint, why text, kept jsonb, lost text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
#variable_conflict use_column
DECLARE me worker; moment timestamptz := clock_timestamp();
BEGIN
  PERFORM bury_1();
  SELECT * INTO me FROM worker x WHERE x.id = a_worker AND NOT x.gone FOR SHARE;
  IF NOT FOUND OR me.draining THEN
    RETURN;
  END IF;
  IF NOT EXISTS (SELECT FROM work x WHERE x.worker = a_worker AND x.turn = a_turn) THEN
    WITH busy AS (
      SELECT x.account, count(*) AS rounds FROM work x WHERE x.worker IS NOT NULL GROUP BY x.account
    ), ranked AS (
      SELECT x.workspace, coalesce(b.rounds, 0) + row_number() OVER (PARTITION BY x.account ORDER BY x.due) AS place
      FROM work x JOIN workspace s ON s.id = x.workspace LEFT JOIN busy b ON b.account = x.account
      WHERE x.worker IS NULL AND x.due <= moment AND s.name <> ALL (a_skips) AND is_of_1(s.team)
        AND (x.woken OR x.last IN ('', me.name) OR x.due <= moment - interval '2 s'
             OR NOT EXISTS (SELECT FROM worker k WHERE k.name = x.last AND NOT k.gone AND NOT k.draining))
        AND NOT EXISTS (SELECT FROM workspace l JOIN hold h ON h.workspace = l.id
                        WHERE l.name = s.name || '.watch' AND h.token IS NOT NULL AND h.beat + h.ttl > moment)
    ), given AS (
      SELECT x.workspace FROM work x JOIN ranked r ON r.workspace = x.workspace
      WHERE x.worker IS NULL AND x.due <= moment ORDER BY r.place, x.due LIMIT a_most FOR UPDATE OF x SKIP LOCKED
    )
    UPDATE work x SET worker = a_worker, turn = a_turn, fence = x.fence + 1, began = clock_timestamp(), woken = false
    FROM given g WHERE x.workspace = g.workspace;
  END IF;
  RETURN QUERY SELECT x.workspace, s.name, x.fence, x.why, x.kept, CASE WHEN x.lost THEN x.last ELSE '' END
    FROM work x JOIN workspace s ON s.id = x.workspace WHERE x.worker = a_worker AND x.turn = a_turn ORDER BY x.due;
  UPDATE work x SET last = me.name, lost = false WHERE x.worker = a_worker AND x.turn = a_turn AND x.lost;
  UPDATE work x SET last = me.name WHERE x.worker = a_worker AND x.turn = a_turn AND x.last <> me.name;
END $$;

-- Ends a round, after which the next is due in a_next unless something brought it forward; false where another worker came.
-- A `kept` of NULL and an outcome of '' leave what there was, as by a worker that could not make the round.
CREATE FUNCTION {{schema}}.end_round_1(a_workspace bigint, a_worker uuid, a_fence bigint, a_next interval, a_account text,
                                       a_outcome text, a_kept jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
BEGIN
  PERFORM check_team_1(a_workspace);
  UPDATE work x SET worker = NULL, turn = NULL, ended = clock_timestamp(),
    outcome = CASE WHEN a_outcome = '' THEN x.outcome ELSE a_outcome END,
    kept = coalesce(a_kept, x.kept), account = coalesce(a_account, x.account),
    due = CASE WHEN x.woken THEN least(x.due, clock_timestamp() + a_next) ELSE clock_timestamp() + a_next END,
    why = CASE WHEN x.woken THEN x.why ELSE '' END
    WHERE x.workspace = a_workspace AND x.worker = a_worker AND x.fence = a_fence;
  RETURN FOUND OR EXISTS (SELECT FROM work x WHERE x.workspace = a_workspace AND x.fence = a_fence AND x.worker IS NULL
                          AND NOT x.lost);
END $$;

-- As before, and whatever is received brings the next round of its workspace forward.
CREATE OR REPLACE FUNCTION {{schema}}.put_event_1(a_name text, a_key text, a_received timestamptz, a_body text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
DECLARE w workspace;
BEGIN
  SELECT * INTO w FROM workspace x WHERE x.name = a_name;
  IF NOT FOUND THEN
    INSERT INTO workspace (name) VALUES (a_name) ON CONFLICT (name) DO NOTHING;
    SELECT * INTO STRICT w FROM workspace x WHERE x.name = a_name;
    INSERT INTO hold (workspace) VALUES (w.id) ON CONFLICT DO NOTHING;
  END IF;
  PERFORM check_team_1(w.id);
  PERFORM pg_advisory_xact_lock(hashtextextended('event', w.id));
  INSERT INTO event (workspace, key, received, body) VALUES (w.id, a_key, a_received, a_body)
    ON CONFLICT (workspace, key) DO NOTHING;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM rouse_1(w.id, 'a callback was received');
  RETURN true;
END $$;

REVOKE ALL ON FUNCTION {{schema}}.bury_1(), {{schema}}.enlist_1(uuid, text, jsonb, interval), {{schema}}.worker_beat_1(uuid),
  {{schema}}.discharge_1(uuid), {{schema}}.drain_1(text), {{schema}}.schedule_1(text), {{schema}}.unschedule_1(text),
  {{schema}}.rouse_1(bigint, text), {{schema}}.wake_1(text, text), {{schema}}.claim_1(uuid, uuid, integer, text[]),
  {{schema}}.end_round_1(bigint, uuid, bigint, interval, text, text, jsonb) FROM PUBLIC;
