-- Schema 8: what campaigns are, but for their lists: letter, files, how they are sent.

-- Each octets once, whoever uses them. `place` is a keyed digest of them: a thief of the
-- file cannot find out whether it holds a text or a file that he has.
CREATE TABLE content (
  place  BLOB PRIMARY KEY,
  octets BLOB NOT NULL
) STRICT;

-- Which campaign is made of which; one of them is the manifest, which names the others.
CREATE TABLE content_use (
  campaign INTEGER NOT NULL,
  place    BLOB NOT NULL,
  manifest INTEGER NOT NULL,
  PRIMARY KEY (campaign, place)
) STRICT, WITHOUT ROWID;
