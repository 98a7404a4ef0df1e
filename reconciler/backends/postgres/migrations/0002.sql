-- Callbacks of the cloud as they were received: of which workspace, in the order of arrival, each once by its key.

CREATE TABLE {{schema}}.event (
  workspace bigint NOT NULL REFERENCES {{schema}}.workspace,
  seq       bigint GENERATED ALWAYS AS IDENTITY,
  key       text NOT NULL,
  received  timestamptz NOT NULL,
  body      text NOT NULL,
  PRIMARY KEY (workspace, seq),
  UNIQUE (workspace, key)
);
CREATE INDEX event_by_time ON {{schema}}.event (workspace, received);

ALTER TABLE {{schema}}.event ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_team ON {{schema}}.event FOR SELECT USING (workspace IN (SELECT w.id FROM {{schema}}.workspace w));

-- Keeps an event; false for one that is there already. One at a time of a workspace, so that who reads on from a place misses
-- none that was given a lower number and committed later.
CREATE FUNCTION {{schema}}.put_event_1(a_name text, a_key text, a_received timestamptz, a_body text) RETURNS boolean
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
  RETURN FOUND;
END $$;

-- Removes what was received before a moment, and says how much that was.
CREATE FUNCTION {{schema}}.sweep_events_1(a_name text, a_before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
DECLARE w workspace; gone bigint;
BEGIN
  SELECT * INTO w FROM workspace x WHERE x.name = a_name;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  PERFORM check_team_1(w.id);
  DELETE FROM event x WHERE x.workspace = w.id AND x.received < a_before;
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;

REVOKE ALL ON FUNCTION {{schema}}.put_event_1(text, text, timestamptz, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION {{schema}}.sweep_events_1(text, timestamptz) FROM PUBLIC;

-- What a plan knows of manifests that have not changed: one text a workspace, which may be lost.

CREATE TABLE {{schema}}.plan_index (
  workspace bigint PRIMARY KEY REFERENCES {{schema}}.workspace,
  body      text NOT NULL
);

ALTER TABLE {{schema}}.plan_index ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_team ON {{schema}}.plan_index FOR SELECT USING (workspace IN (SELECT w.id FROM {{schema}}.workspace w));

CREATE FUNCTION {{schema}}.put_plan_index_1(a_name text, a_body text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {{schema}}, pg_temp AS $$
DECLARE w workspace;
BEGIN
  SELECT * INTO w FROM workspace x WHERE x.name = a_name;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM check_team_1(w.id);
  INSERT INTO plan_index (workspace, body) VALUES (w.id, a_body)
    ON CONFLICT (workspace) DO UPDATE SET body = excluded.body;
  RETURN true;
END $$;

REVOKE ALL ON FUNCTION {{schema}}.put_plan_index_1(text, text) FROM PUBLIC;
