-- +goose Up

-- The document of a permit is seen by the agency that issued it.
CREATE INDEX permits_attachment ON permits (attachment_id);
ALTER POLICY scope ON attachments USING (in_scope_all() OR EXISTS (SELECT FROM ticket_files WHERE ticket_files.attachment_id = attachments.id)
  OR EXISTS (SELECT FROM enquiry_files f JOIN enquiries e ON e.id = f.enquiry_id
    WHERE f.attachment_id = attachments.id AND e.answered_at IS NULL AND e.ended_at IS NULL)
  OR EXISTS (SELECT FROM mandates WHERE mandates.attachment_id = attachments.id)
  OR EXISTS (SELECT FROM permits WHERE permits.attachment_id = attachments.id));

-- +goose Down
ALTER POLICY scope ON attachments USING (in_scope_all() OR EXISTS (SELECT FROM ticket_files WHERE ticket_files.attachment_id = attachments.id)
  OR EXISTS (SELECT FROM enquiry_files f JOIN enquiries e ON e.id = f.enquiry_id
    WHERE f.attachment_id = attachments.id AND e.answered_at IS NULL AND e.ended_at IS NULL)
  OR EXISTS (SELECT FROM mandates WHERE mandates.attachment_id = attachments.id));
DROP INDEX permits_attachment;
