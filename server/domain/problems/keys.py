"""Problems of the keys that open sealed texts."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "unknown-room": Wording(
        404,
        "Không có phòng “{room}”. Xin chọn: {known}.",
        "There is no room '{room}'. Choose one of: {known}.",
    ),
    "no-seal-key": Wording(
        409,
        "Trường “{school}” chưa có khóa niêm phong cho phòng này. Xin tạo khóa ở trang Khóa của nhà trường.",
        "The school '{school}' has no key for the room '{room}' yet. Make one: hailong key make.",
    ),
    "key-exists": Wording(
        409,
        "Trường “{school}” đã có khóa cho phòng này. Xin cấp quyền mở, hoặc thay bằng khóa mới.",
        "The school '{school}' has a key for the room '{room}' already. Use: hailong key grant, or renew.",
    ),
    "passphrase-short": Wording(
        400,
        "Mật khẩu mở khóa phải có ít nhất {least} ký tự. Nên dùng một câu ngắn dễ nhớ.",
        "The passphrase is too short: use at least {least} characters; a short sentence is best.",
    ),
    "passphrase-guessable": Wording(
        400,
        "Mật khẩu mở khóa này dễ đoán: nhiều người dùng. Xin chọn một câu ngắn của riêng thầy cô.",
        "This passphrase is easily guessed: many people use it. Choose a short sentence of your own.",
    ),
    "passphrase-long": Wording(
        400,
        "Mật khẩu mở khóa dài quá {most} ký tự.",
        "The passphrase is longer than {most} characters. Choose a shorter one.",
    ),
    "passphrase-differs": Wording(
        409,
        "“{login}” đã giữ một khóa với mật khẩu khác. Mỗi người dùng một mật khẩu mở khóa cho mọi khóa.",
        "'{login}' holds a key under another passphrase; a person has one for all keys. Give that one.",
    ),
    "passphrases-differ": Wording(
        400,
        "Hai lần gõ không giống nhau. Xin gõ lại cả hai.",
        "The two passphrases are not the same. Type both again.",
    ),
    "wrong-passphrase": Wording(
        422,
        "Mật khẩu mở khóa không đúng, hoặc tài khoản này không giữ khóa nào.",
        "The passphrase is wrong, or this account holds no key.",
    ),
    "not-a-holder": Wording(
        409,
        "“{login}” không giữ khóa của phòng này.",
        "'{login}' does not hold the key of the room '{room}'. See who does: hailong key list.",
    ),
    "only-principals-left": Wording(
        409,
        "Bỏ “{login}” thì chỉ còn hiệu trưởng mở được khóa này, kể cả khi lời gửi nói về hiệu trưởng. "
        "Xin cấp khóa cho một người khác trước.",
        "Without '{login}' the principal alone would open this key (room {room}), also where a letter is "
        "about the principal. Grant it to somebody else first: hailong key grant.",
    ),
    "holder-not-carried": Wording(
        409,
        "“{login}” đang giữ khóa nhưng chưa mở khóa lần nào từ khi phần mềm nâng cấp, nên chưa nhận được "
        "khóa mới. Xin mời người ấy mở khóa một lần, rồi thay khóa.",
        "'{login}' holds this key and has not typed their passphrase since the upgrade, so the new key "
        "cannot be handed to them. Let them unlock once, then renew.",
    ),
    "key-in-use": Wording(
        409,
        "“{login}” vừa mở hoặc vừa nhận khóa này trong bảy ngày qua, nên đó không phải khóa đã mất mật khẩu. "
        "Cấp khóa cho người khác rồi thu hồi với người thứ hai xác nhận, hoặc đợi đến {until}.",
        "'{login}' opened this key, or got it, within the last seven days, so its passphrase is not lost. "
        "Grant it to another person and revoke it with a second one, or wait until {until}.",
    ),
    "last-holder": Wording(
        409,
        "“{login}” là người cuối cùng mở được khóa này: thu hồi thì không ai đọc được nữa. "
        "Xin cấp khóa cho người khác trước.",
        "'{login}' is the last who opens this key (room {room}); without them nobody reads what is sealed to "
        "it. Grant it to another person first, or say --even-last.",
    ),
    "role-holds-no-key": Wording(
        409,
        "Vai trò của “{login}” không được giữ khóa này. Hiệu trưởng, phó hiệu trưởng và cán bộ giải quyết "
        "giữ được; riêng khóa hồ sơ về hiệu trưởng thì hiệu trưởng không giữ.",
        "The role of '{login}' may not hold this key; only these may: {roles}.",
    ),
    "holder-elsewhere": Wording(
        409,
        "Tài khoản “{login}” không thuộc trường “{school}”.",
        "The account '{login}' does not belong to the school '{school}'. Name one of its own.",
    ),
    "unknown-key": Wording(
        404,
        "Máy chủ này không có khóa {fingerprint}. Xin kiểm tra xem bản lưu có phải của trường này không.",
        "This store has no key {fingerprint}. Check that the backup sheet is of this school and this room.",
    ),
    "key-changed": Wording(
        409,
        "Khóa {fingerprint} trên máy chủ đã bị ai đó thay đổi: nửa công khai không khớp với khóa quý vị giữ. "
        "Không mở gì nữa; xin báo hiệu trưởng và người quản trị, rồi chạy hailong doctor.",
        "Somebody changed the key {fingerprint} in the store: its public half is not the one you hold. "
        "Nothing is opened; tell the head of school, and run hailong doctor.",
    ),
    "bad-lock": Wording(
        409,
        "Ổ khóa của khóa {fingerprint} trong dữ liệu đã bị thay đổi, nên không mở được bằng mật khẩu. "
        "Xin báo người quản trị khôi phục bản sao lưu.",
        "The lock of the key {fingerprint} in the store was changed, so no passphrase opens it. Restore a "
        "backup.",
    ),
    "bad-key-sheet": Wording(
        400,
        "Đây không phải bản lưu khóa của Hài Lòng, hoặc đã bị sửa. Xin dùng nguyên tệp đã lưu.",
        "This is no key backup of Hài Lòng, or it was changed. Use the file as it was written.",
    ),
    "wrong-recovery-code": Wording(
        422,
        "Mã khôi phục không đúng. Mã gồm 6 nhóm, mỗi nhóm 5 ký tự.",
        "The recovery code is wrong. It has six groups of five signs.",
    ),
}
