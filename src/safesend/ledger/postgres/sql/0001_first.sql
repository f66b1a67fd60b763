-- Schema 1 of the PostgreSQL ledger: what the SQLite one has in its schemas 1 to 8.
--
-- Numbers of states are those of ../../sql/0001_first.sql, of what is heard those of
-- ../../sql/0007_heard.sql. Dates are seconds since 1970. Texts are compared by their
-- octets ("C"), as in SQLite. A campaign's rows with a higher id than its `live_upto`
-- are its draft.
--
-- Columns of eight octets stand first and those of any length last, so that no octet is
-- lost to alignment. Small tables that are written all the time keep most of each page
-- empty: a new version of a row then lands beside the old one and touches no index
-- (https://www.postgresql.org/docs/current/storage-hot.html).

-- What the ledger says of itself: its id, how payloads are kept, the check of its key.
CREATE TABLE meta (
  name  text COLLATE "C" PRIMARY KEY,
  value bytea NOT NULL
);

-- One row for each connection that writes: the number of its last transaction. After a
-- COMMIT that nobody answered it says whether that was done.
CREATE TABLE mark (
  writer  uuid PRIMARY KEY,
  number  bigint NOT NULL,
  touched double precision NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 200,
        autovacuum_vacuum_scale_factor = 0);

CREATE TABLE campaign (
  id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name          text COLLATE "C" NOT NULL UNIQUE,
  created       double precision NOT NULL,
  fingerprint   bytea NOT NULL DEFAULT '',
  control       text NOT NULL DEFAULT 'run',
  enrolled      bigint NOT NULL DEFAULT 0,
  live_since    double precision,
  live_upto     bigint NOT NULL DEFAULT 0,
  -- The run that enrols. Whoever lost it here has no draft any more.
  draft         integer,
  -- Nothing is claimed before that date.
  begins        double precision NOT NULL DEFAULT 0,
  -- The pilot: how many people it has, when it began, from which row to which, when the
  -- rest was let go, and what lets it go without a person.
  pilot         integer,
  pilot_begun   double precision,
  pilot_from    bigint,
  pilot_upto    bigint,
  pilot_over    double precision,
  pilot_after   double precision,
  pilot_refused double precision,
  -- How many people must have approved what is sent.
  approvals     integer NOT NULL DEFAULT 0,
  -- '', 'test', 'redirected' or 'correction', and of what.
  kind          text NOT NULL DEFAULT '',
  about         text NOT NULL DEFAULT '',
  -- Seconds for which what is known of persons is kept, and when it was purged.
  keep_for      double precision,
  purged        double precision
) WITH (fillfactor = 50);

-- Processes that send, and those that enrol (`started` is NULL). An id is never used
-- twice: it is the token that fences off whoever was taken for dead and comes back, and
-- stands in `delivery.holder`.
CREATE TABLE run (
  id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign integer NOT NULL REFERENCES campaign (id),
  boot     text NOT NULL,
  space    text NOT NULL,
  pid      bigint NOT NULL,
  born     bigint NOT NULL,
  started  double precision,
  lease    double precision NOT NULL,
  ended    double precision,
  -- The name of the carrier, who started it, why it stopped before its end, what it last
  -- said of its pace (JSON) and when.
  relay    text NOT NULL DEFAULT '',
  actor    text NOT NULL DEFAULT '',
  stopped  text NOT NULL DEFAULT '',
  told     text NOT NULL DEFAULT '',
  told_at  double precision NOT NULL DEFAULT 0,
  -- Of its rows, those that may have been begun; NULL: it does not tell. The others were
  -- never on the wire, whatever became of its machine.
  begun    bigint[]
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 200,
        autovacuum_vacuum_scale_factor = 0);
CREATE INDEX run_open ON run (campaign) WHERE ended IS NULL;
-- Here, since the two name each other.
ALTER TABLE campaign ADD FOREIGN KEY (draft) REFERENCES run (id) ON DELETE SET NULL;

-- One recipient of one campaign. `payload` is NULL as soon as the state is final.
-- A fifth of each page is kept for the next versions of its rows; dead ones are cleared
-- after some ten thousand and not after a share of millions.
CREATE TABLE delivery (
  id          bigint GENERATED ALWAYS AS IDENTITY,
  not_before  double precision NOT NULL DEFAULT 0,
  first_tried double precision,
  last_tried  double precision,
  -- The date that its message bears: every try of it is the same, octet for octet.
  dated       double precision,
  campaign    integer NOT NULL,
  -- The run that has or had it (0: none).
  holder      integer NOT NULL DEFAULT 0,
  -- The run that left it in doubt; NULL as soon as a person decides.
  doubt       integer,
  attempts    integer NOT NULL DEFAULT 0,
  code        integer,
  state       smallint NOT NULL DEFAULT 2,
  -- 1: a seed, which is none of the list's people.
  kind        smallint NOT NULL DEFAULT 0,
  pilot       boolean NOT NULL DEFAULT false,
  digest      bytea NOT NULL,
  suppression bytea NOT NULL,
  provider    text COLLATE "C" NOT NULL,
  stage       text,
  enhanced    text,
  text        text,
  payload     bytea,
  PRIMARY KEY (id),
  -- One mailbox, one row; those of the draft as well.
  UNIQUE (campaign, digest)
) WITH (fillfactor = 80, autovacuum_vacuum_threshold = 20000,
        autovacuum_vacuum_scale_factor = 0.02,
        autovacuum_vacuum_insert_threshold = 100000,
        autovacuum_analyze_threshold = 20000, autovacuum_analyze_scale_factor = 0.02,
        autovacuum_vacuum_cost_delay = 1);

-- Each provider's fresh rows in list order. An expression stands for the id, so that
-- no plan can walk the primary key instead, past millions of rows that are done: a
-- planner that goes by old statistics would.
CREATE INDEX fresh ON delivery (campaign, provider, (id * 1)) WHERE state = 2;
-- By date over all providers, with all that is asked before a row is taken.
CREATE INDEX put_off ON delivery (campaign, not_before, first_tried, provider)
 WHERE state = 3;
-- In anybody's hand: read when a run ended, and small.
CREATE INDEX held ON delivery (campaign, holder) WHERE state = 4;
-- For decisions on rows in doubt and for the reasons in a report.
CREATE INDEX settled ON delivery (campaign, state) WHERE state > 5;
CREATE INDEX seed ON delivery (campaign, state) WHERE kind = 1;

-- How many rows stand in each state, moved in the transaction that moves the rows. The
-- number is the sum over the slots, of which every connection writes to one: two that
-- write at once do not wait for each other. A single slot may be below zero.
CREATE TABLE tally (
  campaign integer NOT NULL,
  state    smallint NOT NULL,
  slot     smallint NOT NULL,
  number   bigint NOT NULL,
  PRIMARY KEY (campaign, state, slot)
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 200,
        autovacuum_vacuum_scale_factor = 0);

-- Who ordered what, and why; provider '': for all of it.
CREATE TABLE control (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign integer NOT NULL REFERENCES campaign (id),
  at       double precision NOT NULL,
  control  text NOT NULL,
  actor    text NOT NULL,
  reason   text NOT NULL,
  provider text COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX control_of ON control (campaign, id);

-- Providers whose mail somebody paused or cancelled: 'pause' or 'cancel'.
CREATE TABLE hold (
  campaign integer NOT NULL REFERENCES campaign (id),
  provider text COLLATE "C" NOT NULL,
  control  text NOT NULL,
  PRIMARY KEY (campaign, provider)
);

-- What the sender let pass: the id of a check, a part of the place ('' is everywhere),
-- and why.
CREATE TABLE allowance (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign integer NOT NULL REFERENCES campaign (id),
  at       double precision NOT NULL,
  check_id text NOT NULL,
  place    text NOT NULL,
  reason   text NOT NULL,
  UNIQUE (campaign, check_id, place, reason)
);

-- Whoever agreed to a content: a keyed digest of letter, sender and list.
CREATE TABLE approval (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign integer NOT NULL REFERENCES campaign (id),
  at       double precision NOT NULL,
  digest   bytea NOT NULL,
  actor    text NOT NULL,
  reason   text NOT NULL
);

-- Each rehearsal after which rows went live: how many, which checks (a JSON array of
-- their ids), by which version, started by whom, how long it took.
CREATE TABLE rehearsal (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign integer NOT NULL REFERENCES campaign (id),
  at       double precision NOT NULL,
  rows     bigint NOT NULL,
  new      bigint NOT NULL,
  digest   bytea NOT NULL,
  checks   text NOT NULL,
  version  text NOT NULL,
  actor    text NOT NULL,
  seconds  double precision NOT NULL
);

-- How many sessions a run had on a route, by how they were secured.
CREATE TABLE session (
  run      integer NOT NULL REFERENCES run (id),
  route    text COLLATE "C" NOT NULL,
  security text COLLATE "C" NOT NULL,
  number   bigint NOT NULL,
  PRIMARY KEY (run, route, security)
);

-- How mail for a provider ('' for all of it) fares on a route. `sessions`: those that it
-- was last found to bear (`window` in SQLite, which is a keyword here).
CREATE TABLE flow (
  route        text COLLATE "C" NOT NULL,
  provider     text COLLATE "C" NOT NULL,
  began        double precision,
  sessions     integer,
  eased_rate   double precision,
  eased_from   double precision,
  eased_at     double precision,
  paused_until double precision NOT NULL DEFAULT 0,
  reason       text NOT NULL DEFAULT '',
  changed      double precision NOT NULL,
  PRIMARY KEY (route, provider)
) WITH (fillfactor = 50);

-- Arrival times of throttles (GCRA), by name.
CREATE TABLE pace (
  name    text COLLATE "C" PRIMARY KEY,
  arrival double precision NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 200,
        autovacuum_vacuum_scale_factor = 0);

-- Mailboxes that get nothing: digests as in `delivery.suppression`. `asked`: the person
-- asked for it, so it outlasts the campaign.
CREATE TABLE suppression (
  digest   bytea PRIMARY KEY,
  at       double precision NOT NULL,
  campaign integer NOT NULL REFERENCES campaign (id),
  asked    boolean NOT NULL DEFAULT false
);
CREATE INDEX suppression_of ON suppression (campaign);

-- What was heard of a message after a relay took it; each is heard once of a row.
CREATE TABLE heard (
  delivery bigint NOT NULL,
  at       double precision NOT NULL,
  campaign integer NOT NULL,
  code     integer,
  what     smallint NOT NULL,
  enhanced text,
  text     text NOT NULL DEFAULT '',
  PRIMARY KEY (campaign, what, delivery)
);

-- Of how many rows it was heard; it outlasts a purge.
CREATE TABLE heard_tally (
  campaign integer NOT NULL,
  what     smallint NOT NULL,
  number   bigint NOT NULL,
  PRIMARY KEY (campaign, what)
) WITH (fillfactor = 50);

-- What campaigns are made of, each octets once: see ../../sql/0008_contents.sql.
CREATE TABLE content (
  place  bytea PRIMARY KEY,
  octets bytea NOT NULL
);
-- It is sealed, so it cannot be packed.
ALTER TABLE content ALTER octets SET STORAGE EXTERNAL, ALTER octets SET STATISTICS 0;

CREATE TABLE content_use (
  campaign integer NOT NULL,
  manifest boolean NOT NULL,
  place    bytea NOT NULL,
  PRIMARY KEY (campaign, place)
);

-- Nothing that tells somebody is sampled: the statistics of a column hold values of it
-- and outlive its rows (https://www.postgresql.org/docs/current/planner-stats.html).
ALTER TABLE delivery ALTER digest SET STATISTICS 0, ALTER suppression SET STATISTICS 0,
  ALTER provider SET STATISTICS 0, ALTER text SET STATISTICS 0,
  ALTER payload SET STATISTICS 0;
ALTER TABLE suppression ALTER digest SET STATISTICS 0;
ALTER TABLE heard ALTER text SET STATISTICS 0;
ALTER TABLE flow ALTER provider SET STATISTICS 0, ALTER reason SET STATISTICS 0;
ALTER TABLE hold ALTER provider SET STATISTICS 0;
ALTER TABLE control ALTER provider SET STATISTICS 0;
ALTER TABLE allowance ALTER place SET STATISTICS 0, ALTER reason SET STATISTICS 0;
ALTER TABLE approval ALTER digest SET STATISTICS 0;
ALTER TABLE rehearsal ALTER digest SET STATISTICS 0;
ALTER TABLE run ALTER stopped SET STATISTICS 0, ALTER told SET STATISTICS 0;
