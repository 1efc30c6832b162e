"""Problems of accounts, passwords, tokens and rights."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "bad-login": Wording(
        400,
        "Tên đăng nhập “{login}” không dùng được: từ 1 đến 64 ký tự gồm chữ cái không dấu, chữ số và . _ @ -",
        "The login '{login}' cannot be used: 1 to 64 letters a-z, digits and any of . _ @ -",
    ),
    "user-exists": Wording(
        409,
        "Đã có tài khoản “{login}”. Xin chọn tên khác, hoặc đổi mật khẩu bằng: hailong user passwd.",
        "There is an account '{login}' already. Choose another, or renew its password: hailong user passwd.",
    ),
    "unknown-user": Wording(
        404,
        "Không có tài khoản “{login}”. Xem danh sách bằng: hailong user list.",
        "There is no account '{login}'. See which there are: hailong user list.",
    ),
    "unknown-role": Wording(
        400,
        "Không có vai trò “{role}”. Xin chọn: {roles}.",
        "There is no role '{role}'. Choose one of: {roles}.",
    ),
    "password-short": Wording(
        400,
        "Mật khẩu phải có ít nhất {least} ký tự.",
        "The password is too short: use at least {least} characters.",
    ),
    "password-guessable": Wording(
        400,
        "Mật khẩu này dễ đoán: nhiều người dùng, hoặc chỉ gồm tên trường, tên tài khoản. "
        "Xin chọn một câu khác.",
        "This password is easily guessed: many people use it, or it is only the name of the school or the "
        "account. Choose another sentence.",
    ),
    "password-long": Wording(
        400,
        "Mật khẩu quá dài: nhiều nhất {most} ký tự.",
        "The password is too long: use at most {most} characters.",
    ),
    "password-wrong": Wording(
        422,
        "Mật khẩu đang dùng không đúng. Xin thử lại.",
        "The present password is wrong. Please try again.",
    ),
    "password-differs": Wording(
        422,
        "Hai lần nhập mật khẩu mới không giống nhau. Xin nhập lại.",
        "The new password was typed differently the second time. Type both again.",
    ),
    "unknown-token": Wording(
        404,
        "Không có mã truy cập nào bắt đầu bằng “{id}”. Xem danh sách bằng: hailong token list.",
        "There is no token whose id begins with '{id}'. See which there are: hailong token list.",
    ),
    "token-in-clear": Wording(
        403,
        "Mã truy cập đã đi qua đường không mã hóa. Xin hỏi ở {address} và tạo mã mới: mã này có thể đã lộ.",
        "This token came in the clear, and may have been read on the way. Ask {address} instead, with a new "
        "one: hailong token revoke, hailong token add.",
    ),
    "too-many-wrong": Wording(
        429,
        "Đã nhập sai quá nhiều lần. Xin đợi {minutes} phút rồi thử lại.",
        "Too many wrong tries. Please wait {minutes} minutes and try again.",
    ),
    "session-key-damaged": Wording(
        500,
        "Tệp khóa {path} đã hỏng. Xin xóa tệp này; mọi người chỉ cần đăng nhập lại.",
        "The key file {path} is damaged. Delete it; everybody then signs in again.",
    ),
    "hashing-busy": Wording(
        429,
        "Đang có nhiều người đăng nhập hoặc mở khóa cùng lúc. Xin đợi vài giây rồi thử lại.",
        "Many people are signing in or unlocking at this moment. Wait some seconds, then try again.",
    ),
    "no-second-person": Wording(
        409,
        "Việc này cần một người thứ hai của nhà trường xác nhận, mà chưa có ai xác nhận được.",
        "This takes a second person of the school, and there is none who may agree.",
    ),
    "second-missing": Wording(
        422,
        "Việc này không ai làm một mình. Xin chọn người thứ hai: {people}.",
        "Nobody does this alone. Name a second person with --second: {people}.",
    ),
    "second-not-entitled": Wording(
        409,
        "“{login}” không xác nhận được việc này. Người xác nhận được: {people}.",
        "'{login}' cannot agree to this. Who can: {people}.",
    ),
    "wrong-second": Wording(
        422,
        "Mật khẩu đăng nhập của “{login}” không đúng. Xin người ấy gõ lại.",
        "The login password of '{login}' is wrong.",
    ),
    "not-yours": Wording(
        403,
        "Chỉ người phân công và người được giao hồ sơ làm được việc này.",
        "Only who assigns the case and who handles it can do this.",
    ),
}
