-- name: device_settings_find(device)^
SELECT device, languages, brightness, volume, procedures, texts FROM device_settings WHERE device = :device;

-- name: device_settings_all()
SELECT device, languages, brightness, volume, procedures, texts FROM device_settings;

-- name: device_settings_put(device, languages, brightness, volume, procedures, texts)!
INSERT INTO device_settings (device, languages, brightness, volume, procedures, texts)
VALUES (:device, :languages, :brightness, :volume, :procedures, :texts)
ON CONFLICT (device) DO UPDATE SET languages = excluded.languages, brightness = excluded.brightness,
    volume = excluded.volume, procedures = excluded.procedures, texts = excluded.texts;

-- name: device_left_schools()
-- Where devices stood before they moved: a message may still be kept there for them.
SELECT DISTINCT c.device, c.came_from FROM claims c JOIN devices d ON d.id = c.device
WHERE c.used_at IS NOT NULL AND c.came_from IS NOT NULL AND c.came_from <> d.school
ORDER BY c.device, c.came_from;

-- name: device_moved_away(school)
-- Devices that stood in the school and stand in another one now.
SELECT DISTINCT d.id, d.school, d.kind, d.label, d.created_at, d.retired_at
FROM claims c JOIN devices d ON d.id = c.device
WHERE c.used_at IS NOT NULL AND c.came_from = :school AND d.school <> :school
ORDER BY d.id;

-- name: device_set_label(id, label)!
UPDATE devices SET label = :label WHERE id = :id;
