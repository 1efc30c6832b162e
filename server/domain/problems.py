"""Everything that can be wrong, by code: its HTTP status and the sentence a person reads.

A domain problem carries a code and the values for its sentence; the words stand here alone,
in Vietnamese and English. Commands print the English sentence, pages the reader's language.
"""

from typing import NamedTuple


class Wording(NamedTuple):
    """How one code is told."""

    status: int
    vi: str
    en: str


PROBLEMS: dict[str, Wording] = {
    "data-unwritable": Wording(
        500,
        "Không ghi được vào thư mục dữ liệu {path}. Xin cấp quyền ghi, hoặc chọn thư mục khác bằng --data.",
        "The data directory {path} cannot be written. Grant write access, or choose another with --data.",
    ),
    "no-store": Wording(
        404,
        "Trong thư mục {path} chưa có dữ liệu của Hài Lòng. Xin kiểm tra --data và HAILONG_DATA; muốn bắt "
        "đầu mới thì dùng hailong school add.",
        "There is no Hài Lòng store in {path}. Check --data and HAILONG_DATA; to begin a new one: hailong "
        "school add.",
    ),
    "restore-unfinished": Wording(
        409,
        "Việc khôi phục dữ liệu trong {path} bị ngắt giữa chừng. Xin chạy hailong serve, máy chủ sẽ làm nốt, "
        "hoặc chạy lại hailong restore.",
        "A restore of {path} was cut off, and what was withdrawn since the backup stands open in it. Start "
        "hailong serve, which finishes it first, or give hailong restore FILE again.",
    ),
    "store-read-only": Wording(
        503,
        "Không ghi được tệp dữ liệu {path}. Xin kiểm tra quyền của tệp và của thư mục.",
        "The database {path} cannot be written. Check the permissions of the file and of its directory.",
    ),
    "store-unopenable": Wording(
        503,
        "Không mở được tệp dữ liệu {path}. Xin kiểm tra tệp còn đó không, và quyền của tệp và của thư mục.",
        "The database {path} cannot be opened. See that it is there, and check its permissions and its "
        "directory's.",
    ),
    "disk-full": Wording(
        507,
        "Ổ đĩa chứa {path} đã đầy. Xin dọn chỗ trống; các máy sẽ tự gửi lại.",
        "The disk that holds {path} is full. Free some space; the devices will send again by themselves.",
    ),
    "store-io": Wording(
        503,
        "Ổ đĩa chứa {path} báo lỗi khi đọc hoặc ghi ({reason}). Xin sao lưu ngay, rồi kiểm tra hoặc thay ổ "
        "đĩa.",
        "The disk that holds {path} fails to read or write ({reason}). Back up now, then check the disk "
        "and the system's log, or replace it.",
    ),
    "store-damaged": Wording(
        503,
        "Tệp dữ liệu {path} đã hỏng. Xin dừng máy chủ rồi khôi phục bản sao lưu mới nhất: hailong restore "
        "TỆP; tệp hỏng vẫn được cất lại. Thiết bị vẫn giữ những gì chưa được xác nhận.",
        "The database {path} is damaged. Stop the server, then put the newest backup back: hailong restore "
        "FILE; it keeps the damaged file aside. The devices still hold what was not confirmed.",
    ),
    "not-a-store": Wording(
        503,
        "Tệp {path} không phải là dữ liệu của Hài Lòng hoặc đã hỏng. Xin khôi phục từ bản sao lưu.",
        "{path} is not a Hài Lòng database, or it is damaged. Restore it from a backup: hailong restore.",
    ),
    "bad-period": Wording(
        422,
        "Không hiểu kỳ “{period}”. Xin viết 2026, 2026-H1, 2026-Q3 hoặc 2026-01-01..2026-05-28.",
        "'{period}' is no period. Write 2026, 2026-H1, 2026-Q3 or 2026-01-01..2026-05-28.",
    ),
    "bad-slug": Wording(
        400,
        "“{slug}” không dùng làm mã được: chỉ gồm chữ thường không dấu, chữ số và gạch nối, 1 đến 64 ký tự.",
        "'{slug}' cannot be used here: use lower-case letters a-z, digits and hyphens, 1 to 64 of them.",
    ),
    "unknown-school": Wording(
        404,
        "Không có trường nào mang mã “{slug}”. Xem danh sách bằng: hailong school list.",
        "There is no school '{slug}'. See which there are: hailong school list.",
    ),
    "school-exists": Wording(
        409,
        "Đã có trường mang mã “{slug}”. Xin chọn mã khác, hoặc sửa bằng: hailong school set.",
        "There is a school '{slug}' already. Choose another slug, or change it: hailong school set.",
    ),
    "school-not-sample": Wording(
        409,
        "Trường “{slug}” không là trường mẫu: đánh giá giả sẽ lẫn với đánh giá thật. Nếu vẫn muốn: --yes.",
        "The school '{slug}' is no sample: made-up ratings would mix with real ones. To do it anyway: --yes.",
    ),
    "parent-loop": Wording(
        400,
        "“{slug}” không thể đứng trên chính mình.",
        "'{slug}' cannot stand above itself. Choose another parent.",
    ),
    "bad-goal": Wording(
        400,
        "Mục tiêu phải là một phân số từ 0 đến 1, ví dụ 0.9.",
        "The goal is a fraction between 0 and 1, such as 0.9.",
    ),
    "unknown-kind": Wording(
        400,
        "Không có loại thiết bị “{kind}”. Xin chọn kiosk, button hoặc qr.",
        "There is no kind of device '{kind}'. Choose kiosk, button or qr.",
    ),
    "journal-taken": Wording(
        409,
        "Mã “{id}” đã được một thiết bị dùng để đánh số câu trả lời của nó. Xin chọn mã khác.",
        "Another device numbers its answers under the name '{id}'. Choose another id.",
    ),
    "device-exists": Wording(
        409,
        "Đã có thiết bị mang mã “{id}” (mã là duy nhất trong toàn hệ thống). Xin chọn mã khác.",
        "There is a device '{id}' already (ids are unique in the whole installation). Choose another id.",
    ),
    "unknown-device": Wording(
        404,
        "Không có thiết bị nào mang mã “{id}”. Xem danh sách bằng: hailong device list.",
        "There is no device '{id}'. See which there are: hailong device list.",
    ),
    "device-retired": Wording(
        409,
        "Thiết bị “{id}” đã ngừng sử dụng. Xin thêm thiết bị mới với mã khác.",
        "The device '{id}' is retired. Add a new one under another id.",
    ),
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
    "survey-changed": Wording(
        500,
        "Phiếu “{survey}” bản {version} đã phát hành với nội dung khác. Xin trả lại tệp cũ hoặc tăng số bản.",
        "Version {version} of survey '{survey}' was published otherwise. Restore it, or raise the version.",
    ),
    "store-newer": Wording(
        500,
        "Dữ liệu {path} do một phiên bản mới hơn tạo ra ({steps}). Xin cập nhật chương trình.",
        "{path} was written by a newer version of the program ({steps}). Update the program.",
    ),
    "port-taken": Wording(
        500,
        "Cổng {port} đang được dùng. Xin chọn cổng khác bằng {option}.",
        "port {port} is already taken; choose another with {option}",
    ),
    "cannot-listen": Wording(
        500,
        "Không thể mở {host}:{port} ({reason}). Xin chọn địa chỉ hoặc cổng khác bằng --host và {option}.",
        "cannot listen on {host}:{port} ({reason}); choose another address or port with --host and {option}",
    ),
    "broker-not-started": Wording(
        500,
        "Không khởi động được bộ trung chuyển tin ở cổng {port} ({reason}). Xin khởi động lại chương trình.",
        "the broker on port {port} did not start ({reason}); start the program again",
    ),
    "bad-broker": Wording(
        400,
        "Địa chỉ máy chủ MQTT không đúng. Mẫu: mqtt://người-dùng:mật-khẩu@máy:cổng hoặc mqtts://…",
        "The broker's address cannot be used. Write mqtt://user:password@host:port (mqtts:// for TLS).",
    ),
    "data-in-use": Wording(
        409,
        "Máy chủ đang chạy trên thư mục {path}. Xin dừng máy chủ trước.",
        "A server is running on {path}. Stop it first.",
    ),
    "ingest-running": Wording(
        409,
        "Đã có một tiến trình nhận ý kiến đang chạy trên thư mục {path}. Mỗi thư mục chỉ được một.",
        "Another 'hailong serve' or 'hailong ingest' already takes the answers for {path}. Stop it first.",
    ),
    "file-exists": Wording(
        409,
        "Tệp {path} đã có. Xin chọn tên khác.",
        "{path} exists already. Choose another name.",
    ),
    "cannot-write": Wording(
        500,
        "Không ghi được {path} ({reason}).",
        "{path} cannot be written ({reason}). Choose another place, or give this user write access.",
    ),
    "no-such-file": Wording(
        404,
        "Không có tệp {path}.",
        "There is no file {path}. Name the backup to restore.",
    ),
    "bad-backup": Wording(
        400,
        "{path} không phải bản sao lưu của Hài Lòng, hoặc đã hỏng hay thiếu một phần. Chưa có gì thay đổi.",
        "{path} is no backup of Hài Lòng, or it is damaged or cut off. Nothing was changed; use another one.",
    ),
    "wrong-backup-passphrase": Wording(
        422,
        "Cụm mật khẩu của bản sao lưu không đúng (khóa {fingerprint}). Chưa có gì thay đổi.",
        "That is not the passphrase of this backup (key {fingerprint}). Nothing was changed.",
    ),
    "backup-key-exists": Wording(
        409,
        "Đã có khóa sao lưu.",
        "There is a backup key already. For another: hailong backup key --renew; older files keep theirs.",
    ),
    "no-backup-key": Wording(
        409,
        "Chưa có khóa sao lưu.",
        "There is no backup key yet. Make one: hailong backup key.",
    ),
    "other-backup-sheet": Wording(
        422,
        "Bản lưu này không phải của khóa sao lưu {fingerprint}. Chưa có gì thay đổi.",
        "This sheet is of another backup key than {fingerprint}. Nothing was changed.",
    ),
    "no-certificate": Wording(
        500,
        "Không có tệp chứng thư {path}. Xin xem lại thiết đặt tls_cert, tls_key, tls_ca.",
        "There is no file {path}: check the settings tls_cert, tls_key and tls_ca.",
    ),
    "bad-host": Wording(
        400,
        "“{host}” không phải là tên máy hay địa chỉ.",
        "'{host}' is neither a host name nor an address.",
    ),
    "bad-certificate": Wording(
        500,
        "Không dùng được chứng thư {path} (dạng PEM) cùng khóa của nó. Tạo mới bằng: hailong tls make.",
        "The certificate {path} (PEM) cannot be used with its key. Make one: hailong tls make.",
    ),
    "no-device": Wording(
        404,
        "Trường không có máy nào mang mã “{id}”. Xem danh sách ở trang Thiết bị.",
        "The school has no device '{id}'. See the list on the page of devices.",
    ),
    "device-label-taken": Wording(
        409,
        "Trường đã có một máy tên “{label}”. Xin đặt tên khác để khỏi nhầm máy.",
        "The school has a device called '{label}' already. Choose another name, or people mix them up.",
    ),
    "device-no-settings": Wording(
        422,
        "“{id}” là mã trên giấy, không có gì để chỉnh.",
        "'{id}' is a code on paper: it has nothing to set.",
    ),
    "no-move": Wording(
        422,
        "Không chuyển máy sang trường này được: chỉ chuyển giữa các trường cùng một cơ quan quản lý.",
        "The device cannot move to that school: only between schools under the same office.",
    ),
    "bad-languages": Wording(
        422,
        "Xin chọn ít nhất một ngôn ngữ trong số: {known}.",
        "Choose at least one language out of: {known}.",
    ),
    "bad-brightness": Wording(
        422,
        "Độ sáng là số nguyên từ 10 đến 100 (phần trăm).",
        "The brightness is a whole number from 10 to 100 (percent).",
    ),
    "bad-volume": Wording(
        422,
        "Âm lượng là số nguyên từ 0 đến 100 (phần trăm); 0 là tắt tiếng.",
        "The volume is a whole number from 0 to 100 (percent); 0 is silent.",
    ),
    "box-procedures": Wording(
        422,
        "Hàng nút thứ hai của hộp có {most} nút: xin chọn nhiều nhất {most} thủ tục.",
        "The second row of a box has {most} buttons: choose at most {most} procedures.",
    ),
    "unknown-procedure": Wording(
        422,
        "Trường không có thủ tục đó. Các thủ tục của trường: {known}.",
        "The school does not handle that procedure. Choose out of: {known}.",
    ),
    "not-for-kiosk": Wording(
        422,
        "“{id}” là kiosk: kiosk hiện mọi thủ tục của trường, không cần chọn.",
        "'{id}' is a kiosk: it shows all procedures of the school, there is none to choose.",
    ),
    "not-for-box": Wording(
        422,
        "“{id}” là hộp nút, không có màn hình để hiện lời.",
        "'{id}' is a button box: it has no screen for words.",
    ),
    "bad-device-text": Wording(
        422,
        "Lời trên màn hình dài nhất {most} chữ, bằng một ngôn ngữ của máy.",
        "Words on the screen have at most {most} letters, in a language that the device has.",
    ),
    "claim-unknown": Wording(
        404,
        "Không có mã ghép máy này. Xin kiểm tra đủ 10 ký tự như trên trang Thiết bị.",
        "There is no such claim code. Check all 10 signs as the devices page shows them.",
    ),
    "claim-wrong": Wording(
        409,
        "Mã ghép máy không đúng. Xin nhập lại như trên trang Thiết bị; sai thêm {left} lần nữa là mã bị hủy.",
        "This claim code is not right. Type it again as the devices page shows it. Wrong tries left: {left}.",
    ),
    "claim-guessed": Wording(
        410,
        "Mã ghép máy này đã bị hủy vì có {most} lần nhập sai. Nếu không phải quý vị nhập thì có thể có người "
        "dò mã. Xin tạo mã mới trên trang Thiết bị.",
        "This claim code has ended: wrong ones were tried {most} times. If that was not you, somebody may be "
        "guessing. Make a new one on the devices page.",
    ),
    "claim-expired": Wording(
        410,
        "Mã ghép máy đã quá một ngày. Xin tạo mã mới trên trang Thiết bị.",
        "This claim code is more than a day old. Make a new one on the devices page.",
    ),
    "claim-used": Wording(
        409,
        "Mã ghép máy này đã được dùng. Xin tạo mã mới trên trang Thiết bị.",
        "This claim code has been used. Make a new one on the devices page.",
    ),
    "claim-withdrawn": Wording(
        410,
        "Mã ghép máy này đã được thu hồi hoặc đã có mã mới hơn. Xin dùng mã mới nhất trên trang Thiết bị.",
        "This claim code was withdrawn, or there is a newer one. Use the newest of the devices page.",
    ),
    "claim-wrong-kind": Wording(
        409,
        "Mã ghép máy này là của “{id}”, một loại máy khác. Xin tạo mã cho máy này trên trang Thiết bị.",
        "This claim code is for '{id}', another kind of device. Make one for this one on the devices page.",
    ),
    "claim-not-for-paper": Wording(
        409,
        "“{id}” là mã QR trên giấy, không cần ghép máy.",
        "'{id}' is a code on paper: it needs no claim code.",
    ),
    "certificate-mismatch": Wording(
        409,
        "Máy nhận được một chứng thư khác với chứng thư của máy chủ: có thể có ai chen giữa đường truyền. "
        "Mã ghép máy đã được thu hồi; xin kiểm tra địa chỉ máy chủ và mạng, rồi tạo mã mới.",
        "The device was shown another certificate than the server's: somebody may stand in between. "
        "The code is withdrawn; check the server's address and the network, then make a new one.",
    ),
    "certificate-unknown": Wording(
        409,
        "Máy chủ không biết chứng thư mà máy nhận được. Xin khai tệp chứng thư ở thiết đặt tls_cert.",
        "The server does not know which certificate devices are shown: name it in the setting tls_cert.",
    ),
    "token-in-clear": Wording(
        403,
        "Mã truy cập đã đi qua đường không mã hóa. Xin hỏi ở {address} và tạo mã mới: mã này có thể đã lộ.",
        "This token came in the clear, and may have been read on the way. Ask {address} instead, with a new "
        "one: hailong token revoke, hailong token add.",
    ),
    "enrol-insecure": Wording(
        403,
        "Chỉ ghép máy qua HTTPS. Xin chạy “hailong tls make” trên máy chủ, rồi dùng địa chỉ https://.",
        "Devices enrol over HTTPS alone. Run 'hailong tls make' on the server and use its https:// address.",
    ),
    "too-many-wrong": Wording(
        429,
        "Đã nhập sai quá nhiều lần. Xin đợi {minutes} phút rồi thử lại.",
        "Too many wrong tries. Please wait {minutes} minutes and try again.",
    ),
    "too-many-tries": Wording(
        429,
        "Đã thử quá nhiều mã. Xin thử lại sau {minutes} phút.",
        "Too many codes were tried. Try again in {minutes} minutes.",
    ),
    "bad-enrolment": Wording(
        400,
        "Không hiểu yêu cầu ghép máy này. Máy có cùng phiên bản với máy chủ không?",
        "This is no request that can let a device in. Has the device the server's version?",
    ),
    "enrol-again": Wording(
        409,
        "Máy chủ vừa khởi động lại giữa chừng. Máy sẽ tự ghép lại từ đầu.",
        "The server was started again in between. The device begins anew by itself.",
    ),
    "unknown-regime": Wording(
        404,
        "Không có chế độ báo cáo {regime}. Các chế độ đã biết: {known}.",
        "There is no reporting regime {regime}. Known ones: {known}.",
    ),
    "regime-not-served": Wording(
        409,
        "Chưa lập được báo cáo theo chế độ {name} ({regime}). Hiện có: {served}.",
        "Reports for the regime {regime} ({name}) cannot be made yet. Use one of: {served}.",
    ),
    "period-in-future": Wording(
        400,
        "Kỳ {period} chưa bắt đầu vào ngày {today}. Xin chọn kỳ đã hoặc đang diễn ra.",
        "The period {period} has not begun on {today}. Choose one that has, or give another --today.",
    ),
    "format-not-available": Wording(
        409,
        "Chưa xuất được báo cáo dạng {format}. Xin dùng dạng {available}.",
        "Reports are not available as {format} yet. Use --format {available}.",
    ),
    "sums-broken": Wording(
        500,
        "Biểu {form} không khớp phép cộng ({equations}) nên không được xuất. Xin báo người quản trị.",
        "The sums of form {form} do not agree ({equations}): it was not handed out. Tell the administrator.",
    ),
    "no-answer-yet": Wording(
        409,
        "Hồ sơ {ref} chưa có câu trả lời để in. Xin trả lời trước.",
        "There is no answer to {ref} to print yet. Answer it first.",
    ),
    "answer-unreadable": Wording(
        409,
        "Không mở được câu trả lời của hồ sơ {ref} bằng khóa này.",
        "The answer to {ref} cannot be opened with this key.",
    ),
    "unknown-cut": Wording(
        422,
        "Không có cách tính kỳ “{cut}”. Xin chọn một trong: {known}.",
        "There is no way '{cut}' to cut a period. Choose one of: {known}.",
    ),
    "no-statutory-cut": Wording(
        422,
        "Kỳ tự chọn {period} không có kỳ thống kê theo quy định. Xin chọn năm, 6 tháng hoặc quý.",
        "The days {period} have no statutory cut. Choose a year, a half or a quarter.",
    ),
    "session-key-damaged": Wording(
        500,
        "Tệp khóa {path} đã hỏng. Xin xóa tệp này; mọi người chỉ cần đăng nhập lại.",
        "The key file {path} is damaged. Delete it; everybody then signs in again.",
    ),
    "wrong-school": Wording(
        403,
        "Mã truy cập này thuộc về trường khác. Xin dùng mã của trường {slug}.",
        "This token belongs to another school. Use a token of the school '{slug}'.",
    ),
    "public-period": Wording(
        403,
        "Mã công khai chỉ mở một tháng trọn hoặc một kỳ báo cáo (6 tháng đầu năm, cả năm). "
        "Xin sửa from và to.",
        "A public token opens one whole month, or a report's period (the first half-year, the year). "
        "Change from and to.",
    ),
    "public-period-running": Wording(
        403,
        "Mã công khai chỉ mở tháng và kỳ đã kết thúc. Xin hỏi lại sau ngày {last}.",
        "A public token opens months and periods that are over. Ask again after {last}.",
    ),
    "public-by": Wording(
        403,
        "Mã công khai chỉ chia theo tháng (by=month), để không suy ra được nhóm ít lượt.",
        "A public token breaks rates down by month alone (by=month): no small group can be worked out then.",
    ),
    "public-misuse": Wording(
        403,
        "Mã công khai không mở các lượt không tính. Xin bỏ misuse=include.",
        "A public token does not open the answers that are left out. Leave misuse=include away.",
    ),
    "period-not-whole": Wording(
        403,
        "Tài khoản này xem được từng tháng, quý, nửa năm, và năm đã kết thúc. Xin chọn kỳ như vậy.",
        "This account sees months, quarters, half-years, and years that are over. Choose such a period.",
    ),
    "period-hidden": Wording(
        403,
        "Kỳ này không nêu được: từ đó suy ra được một kỳ có dưới {small} lượt. Xin chọn kỳ dài hơn.",
        "This period is not shown: one with fewer than {small} ratings would follow from it. "
        "Choose a longer one.",
    ),
    "report-by-leaders": Wording(
        403,
        "Tài khoản này tải được báo cáo nửa năm. Báo cáo kỳ khác xin nhờ hiệu trưởng hoặc phó hiệu trưởng.",
        "This account gets half-year reports. For others ask the principal or the deputy.",
    ),
    "unknown-parameter": Wording(
        422,
        "Không có tham số “{name}”. Các tham số: {known}.",
        "There is no parameter '{name}'. The parameters are: {known}.",
    ),
    "repeated-parameter": Wording(
        422,
        "Tham số “{name}” có nhiều giá trị. Xin chỉ ghi một lần.",
        "The parameter '{name}' was given more than once. Give it once.",
    ),
    "missing-parameter": Wording(
        422,
        "Thiếu tham số “{name}”.",
        "The parameter '{name}' is missing.",
    ),
    "bad-date": Wording(
        422,
        "Tham số “{name}” không phải là một ngày. Xin viết như 2026-05-28.",
        "The parameter '{name}' is no day. Write it like 2026-05-28.",
    ),
    "dates-reversed": Wording(
        422,
        "Ngày đầu ({first}) đứng sau ngày cuối ({last}). Xin đổi chỗ hai ngày.",
        "The first day ({first}) comes after the last ({last}). Swap them.",
    ),
    "bad-choice": Wording(
        422,
        "Tham số “{name}” không nhận giá trị này. Xin chọn một trong: {known}.",
        "The parameter '{name}' does not take this value. Choose one of: {known}.",
    ),
    "too-many-lookups": Wording(
        429,
        "Có quá nhiều lượt tra cứu từ mạng này. Xin thử lại sau {minutes} phút.",
        "Too many look-ups came from this network. Please try again in {minutes} minutes.",
    ),
    "lookups-busy": Wording(
        429,
        "Đang có nhiều người tra cứu cùng lúc. Xin thử lại sau một phút.",
        "Many people are looking something up at this moment. Please try again in a minute.",
    ),
    "hashing-busy": Wording(
        429,
        "Đang có nhiều người đăng nhập hoặc mở khóa cùng lúc. Xin đợi vài giây rồi thử lại.",
        "Many people are signing in or unlocking at this moment. Wait some seconds, then try again.",
    ),
    "word-empty": Wording(
        422,
        "Xin viết vài chữ rồi gửi.",
        "Please write a few words, then send.",
    ),
    "word-too-long": Wording(
        422,
        "Nội dung dài {count} ký tự, nhiều hơn mức {most}. Xin rút ngắn, hoặc gửi thành nhiều lần.",
        "Your text has {count} characters, more than {most}. Please shorten it, or send it in parts.",
    ),
    "wish-missing": Wording(
        422,
        "Xin chọn xem, sửa hoặc xóa.",
        "Please choose to see, correct or delete.",
    ),
    "no-words-now": Wording(
        503,
        "Nhà trường tạm thời chưa nhận được lời viết thêm. Xin gửi lại sau, hoặc gặp trực tiếp nhà trường.",
        "The school cannot take more words at this moment. Please send again later, or come in person.",
    ),
    "answer-moved-on": Wording(
        409,
        "Việc này vừa có thay đổi, nên nhà trường chưa ghi nhận lựa chọn của quý vị. Xin xem lại ở dưới.",
        "Something has changed meanwhile, so your choice was not recorded. Please look again below.",
    ),
    "unknown-template": Wording(
        404,
        "Mẫu trả lời này không còn nữa. Xin chọn mẫu khác.",
        "This answer template is no longer there. Choose another.",
    ),
    "bad-template-name": Wording(
        422,
        "Mẫu trả lời cần có tên, không quá {longest} ký tự.",
        "An answer template needs a name of at most {longest} characters.",
    ),
    "bad-template-body": Wording(
        422,
        "Mẫu trả lời cần có nội dung, không quá {longest} ký tự.",
        "An answer template needs a text of at most {longest} characters.",
    ),
    "unknown-template-place": Wording(
        422,
        "Hồ sơ không điền được {places}. Chỗ điền tự động: {known}; chỗ tự viết xin để trong [ ].",
        "No case can fill in {places}. What is filled in: {known}; what the writer fills in stands in [ ].",
    ),
    "too-many-templates": Wording(
        409,
        "Nhà trường đã có {most} mẫu trả lời. Xin xóa bớt mẫu không dùng rồi thêm mẫu mới.",
        "The school has {most} answer templates already. Delete one that nobody uses, then add another.",
    ),
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
    "unknown-case": Wording(
        404,
        "Không có hồ sơ mang số này.",
        "There is no case of this number.",
    ),
    "form-too-old": Wording(
        400,
        "Trang đã mở quá lâu nên chưa gửi được. Xin xem lại rồi gửi lần nữa.",
        "The page was open for too long, and nothing was sent. Look at it again, then send it once more.",
    ),
    "form-resumed": Wording(
        200,
        "Đây là những gì quý vị đang viết, chưa được gửi. Xin xem lại rồi gửi.",
        "This is what you were writing. It has not been sent: look at it again, then send it.",
    ),
    "case-moved": Wording(
        409,
        "Vừa có người khác cập nhật hồ sơ này. Chưa có gì bị mất: xin xem lại hồ sơ rồi làm tiếp.",
        "Somebody else has just acted on this case. Nothing was lost: look at it again, then go on.",
    ),
    "move-not-allowed": Wording(
        409,
        "Hồ sơ đang ở bước không làm được việc này. Xin mở lại hồ sơ để xem các việc có thể làm.",
        "This cannot be done with the case as it stands. Open it again to see what can.",
    ),
    "not-yours": Wording(
        403,
        "Chỉ người phân công và người được giao hồ sơ làm được việc này.",
        "Only who assigns the case and who handles it can do this.",
    ),
    "key-not-held": Wording(
        403,
        "Việc này quyết định kết quả của hồ sơ, nên chỉ người giữ khóa, đọc được lời gửi, mới làm được.",
        "This decides what becomes of the case, so it is for those who hold its key and can read it.",
    ),
    "goes-above": Wording(
        409,
        "Không ai trong trường giải quyết hồ sơ về hiệu trưởng. Xin chọn Chuyển đơn: nơi nhận đã ghi sẵn.",
        "Nobody at the school settles a case about its principal. Forward it: the body is filled in.",
    ),
    "missing-field": Wording(
        422,
        "Còn một ô bắt buộc chưa điền. Xin điền rồi gửi lại.",
        "A field that is needed is empty. Fill it in and send again.",
    ),
    "places-left": Wording(
        422,
        "Còn chỗ chưa điền: {places}. Xin điền, hoặc bỏ dấu ngoặc, rồi gửi.",
        "Places are still to be filled in: {places}. Fill them in, or take the brackets away, then send.",
    ),
    "bad-case-field": Wording(
        422,
        "Có một ô nhận giá trị không dùng được. Xin chọn lại rồi gửi.",
        "A field has a value that cannot be used. Choose again and send.",
    ),
    "bad-case-date": Wording(
        422,
        "Ngày chưa đúng. Xin ghi một ngày có thật, không muộn hơn hôm nay.",
        "This is no day that can be used. Write one that is not later than today.",
    ),
    "text-empty": Wording(
        422,
        "Chưa có nội dung. Xin viết rồi gửi lại.",
        "There is no text yet. Write it and send again.",
    ),
    "text-too-long": Wording(
        422,
        "Nội dung dài quá {most} ký tự. Xin viết ngắn lại; chưa có gì được gửi đi.",
        "The text is longer than {most} characters. Shorten it; nothing was sent yet.",
    ),
    "bad-assignee": Wording(
        422,
        "Không giao được cho người này. Xin chọn một người giải quyết có quyền mở hồ sơ.",
        "The case cannot go to this person. Choose somebody who handles cases and may open this one.",
    ),
    "bad-duplicate": Wording(
        422,
        "Không tìm thấy hồ sơ đã trùng. Xin ghi số của một hồ sơ khác, ví dụ 14/2026.",
        "There is no other case of that number. Give the number of the case it repeats, such as 14/2026.",
    ),
    "answer-first": Wording(
        409,
        "Chưa trả lời người gửi nên chưa thể đóng là đã giải quyết. Xin trả lời trước, hoặc chọn lý do khác.",
        "The sender has no answer yet, so this is not settled. Answer first, or choose another reason.",
    ),
    "petition-in-future": Wording(
        422,
        "Ngày ghi trên đơn muộn hơn hôm nay. Xin xem lại.",
        "The đơn bears a day later than today. Check it.",
    ),
    "no-open-clock": Wording(
        409,
        "Hồ sơ không có thời hạn nào đang chạy để gia hạn.",
        "No limit is running that could be extended.",
    ),
    "no-longer-limit": Wording(
        422,
        "Pháp luật không cho gia hạn như vậy. Thời hạn dài hơn có thể chọn: {known}.",
        "The law offers no such extension here. Longer limits to choose from: {known}.",
    ),
    "key-locked": Wording(
        403,
        "Xin mở khóa trước: cần mật khẩu mở khóa của quý vị để đọc hoặc gửi nội dung này.",
        "Unlock first: reading or sending this needs your passphrase.",
    ),
    "no-denunciation-key": Wording(
        409,
        "Chưa có khóa cho phòng tố cáo. Xin tạo khóa ở trang Khóa của nhà trường rồi làm lại.",
        "There is no key for denunciations yet. Make it first: hailong key make --room denunciations.",
    ),
    "only-the-principal": Wording(
        409,
        "Hiệu trưởng không chuyển được hồ sơ tố cáo chính hiệu trưởng: xin để phó hiệu trưởng chuyển.",
        "A principal cannot move what accuses the principal: a deputy does so.",
    ),
    "unknown-request-kind": Wording(
        422,
        "Xin chọn một trong: xem, sửa, xóa.",
        "'{kind}' is no kind of request. Choose one of: {known}.",
    ),
    "request-needs-words": Wording(
        422,
        "Xin ghi số hồ sơ, hoặc ghi rõ người yêu cầu muốn gì.",
        "Name the case, or say what the person asks for.",
    ),
    "unknown-request": Wording(
        404,
        "Không có yêu cầu này.",
        "There is no such request. See which there are: hailong privacy list.",
    ),
    "request-answered": Wording(
        409,
        "Yêu cầu này đã được trả lời.",
        "This request has been answered already.",
    ),
    "unknown-outcome": Wording(
        422,
        "Xin chọn: đã thực hiện, hoặc từ chối kèm lý do.",
        "Say whether it was done or refused.",
    ),
    "unknown-refusal": Wording(
        422,
        "Từ chối thì cần một lý do trong danh sách.",
        "A refusal needs one of these reasons: {known}.",
    ),
    "erase-open-case": Wording(
        409,
        "Hồ sơ chưa kết thúc: chỉ xóa khi chính người gửi yêu cầu.",
        "The case is still open; only the person's own request erases it. If there is one, say --asked.",
    ),
    "already-erased": Wording(
        409,
        "Nội dung hồ sơ này đã được xóa trước đó.",
        "This case was erased already.",
    ),
    "bad-erasures-file": Wording(
        500,
        "Tệp {path} đã hỏng ở dòng {line}. Xin khôi phục tệp này từ bản sao.",
        "{path} is damaged in line {line}. Put a copy of that file back.",
    ),
    "nothing-to-look-for": Wording(
        409,
        "Không còn nội dung niêm phong nào của hồ sơ này để tìm.",
        "There is no sealed text of this case to look for. Name a backup made before: --against FILE.",
    ),
    "clock-in-doubt": Wording(
        503,
        "Đồng hồ máy chủ có vẻ sai nên chưa ghi ngày vào hồ sơ được. Xin báo người quản lý máy chủ.",
        "The server's clock looks wrong, and what you do would get a wrong date. Tell whoever looks after "
        "the server, and do it again once the clock is right: hailong clock show.",
    ),
    "clock-not-vouched": Wording(
        503,
        "Chưa xóa gì: đồng hồ máy chủ phải đúng liên tục một ngày thì dữ liệu hết hạn mới được xóa hẳn.",
        "Nothing was deleted: the clock must have been plausible for a day before anything goes for good. "
        "See: hailong clock show.",
    ),
    "clock-too-early": Wording(
        422,
        "Đồng hồ máy chủ chỉ một ngày trước khi có phần mềm này nên chắc chắn sai. Xin chỉnh lại giờ.",
        "The clock shows a day before this program was made, so it cannot be right. Set it: date -s, or NTP.",
    ),
    "clock-moved": Wording(
        409,
        "Đồng hồ máy chủ đã đổi giờ sau khi trang này được mở. Xin xem lại giờ đang hiện, rồi mới xác nhận.",
        "The server's clock was set after this page was shown. Look at the time that it shows now.",
    ),
    "case-waits": Wording(
        200,
        "Ý kiến của quý vị đã được nhận và giữ kín. Máy chủ đang chờ chỉnh lại giờ; số phản ánh và ngày "
        "trả lời sẽ có ở đây sau đó.",
        "Your words have arrived and are kept sealed. The server waits for its clock to be set; the number "
        "and the day of the answer will be here after that.",
    ),
    "store-busy": Wording(
        503,
        "Máy chủ đang bận vì một chương trình khác đang dùng dữ liệu. Xin thử lại sau ít giây.",
        "The database is busy with another program's work. Try again in a moment.",
    ),
    "unknown-rule": Wording(
        404,
        "Không có thời hạn “{rule}”. Các thời hạn đã biết: {known}.",
        "There is no rule '{rule}'. Known ones: {known}.",
    ),
    "unknown-variant": Wording(
        404,
        "Thời hạn {rule} không có trường hợp “{variant}”. Các trường hợp: {known}.",
        "The rule {rule} has no variant '{variant}'. It has: {known}.",
    ),
    "no-variants": Wording(
        404,
        "Thời hạn {rule} chỉ có một mức, không chia trường hợp: không có “{variant}”.",
        "The rule {rule} has one limit only and no variants: there is no '{variant}'.",
    ),
    "no-limit-then": Wording(
        422,
        "Chưa có quy định {rule} cho ngày {day}: dữ liệu bắt đầu từ {first}.",
        "No limit {rule} is known for {day}: the data begin on {first}.",
    ),
    "no-calendar": Wording(
        422,
        "Không có lịch cho năm {year}. Lịch có từ năm {first} đến năm {last}.",
        "There is no calendar for the year {year}. It covers {first} to {last}.",
    ),
    "bad-day": Wording(
        422,
        "“{day}” không phải là một ngày. Xin viết như 2026-05-28.",
        "'{day}' is no day. Write it like 2026-05-28.",
    ),
    "day-name": Wording(
        422,
        "Xin ghi tên của ngày này, nhiều nhất {most} ký tự.",
        "Give the day a name of at most {most} characters.",
    ),
    "day-is-off": Wording(
        409,
        "Ngày {day} vốn đã là ngày nghỉ, không cần thêm.",
        "{day} is a day off already; there is nothing to add.",
    ),
    "day-is-worked": Wording(
        409,
        "Ngày {day} vốn đã là ngày làm việc, không cần thêm.",
        "{day} is a working day already; there is nothing to add.",
    ),
    "no-such-day": Wording(
        404,
        "Ngày {day} không phải do trường tự đặt, nên không có gì để bỏ.",
        "{day} was not set here, so there is nothing to take away.",
    ),
    "no-retention": Wording(
        404,
        "Chưa có thời hạn lưu giữ cho loại “{kind}”. Các loại đã biết: {known}.",
        "There is no retention period for '{kind}'. Known kinds: {known}.",
    ),
    "unknown-point": Wording(
        404,
        "Địa chỉ này không có khảo sát nào. Xin quét lại mã, hoặc hỏi cán bộ tại quầy.",
        "There is no survey at this address. Please scan the code again, or ask at the desk.",
    ),
    "point-retired": Wording(
        410,
        "Mã này không còn dùng nữa. Xin quét mã mới tại trường, hoặc gặp cán bộ tại quầy.",
        "This code is no longer in use. Please scan a newer one at the school, or ask at the desk.",
    ),
    "no-point": Wording(
        404,
        "Trường không có điểm khảo sát “{id}”. Xin xem lại danh sách điểm khảo sát.",
        "There is no survey point '{id}'. See which there are: hailong point list.",
    ),
    "point-out-of-use": Wording(
        409,
        "Điểm “{id}” đã ngừng dùng. Xin cho điểm hoạt động trở lại trước.",
        "The point '{id}' is retired. Bring it back first: hailong point bring-back {id}.",
    ),
    "bad-label": Wording(
        422,
        "Xin đặt tên từ 1 đến {most} ký tự, viết trên một dòng.",
        "Give it a name of 1 to {most} letters, in one line.",
    ),
    "bad-wifi": Wording(
        422,
        "Tên mạng Wi-Fi dài quá {most} byte hoặc có ký tự không in được. Xin xem lại.",
        "The name of the Wi-Fi is longer than {most} bytes or has letters that cannot be printed.",
    ),
    "unknown-place": Wording(
        422,
        "Không có nơi đặt “{place}”. Xin chọn một trong danh sách.",
        "There is no place '{place}'. Choose one of: {known}.",
    ),
    "unknown-audience": Wording(
        422,
        "Không có nhóm người “{audience}”. Xin chọn một trong danh sách.",
        "There is no audience '{audience}'. Choose one of: {known}.",
    ),
    "unknown-survey": Wording(
        422,
        "Không có bộ câu hỏi “{survey}”. Xin chọn một trong danh sách.",
        "There is no survey '{survey}'. Known ones: {known}.",
    ),
    "survey-audience": Wording(
        422,
        "Bộ câu hỏi này không dành cho nhóm người đã chọn. Xin chọn bộ khác, hoặc nhóm khác.",
        "The survey '{survey}' does not ask '{audience}'. Those that do: {known}.",
    ),
    "no-slips-here": Wording(
        409,
        "Điểm “{id}” không dùng phiếu. Xin bật “Mỗi lượt một phiếu” rồi in.",
        "The point '{id}' takes answers without slips. Say first: hailong point set {id} --single-use.",
    ),
    "slips-instead": Wording(
        409,
        "Điểm “{id}” nhận mỗi lượt một phiếu nên không có tờ dán. Xin in phiếu cắt.",
        "The point '{id}' takes one slip for each answer, so it has no poster: hailong point slips {id}.",
    ),
    "no-public-url": Wording(
        409,
        "Chưa in được: chưa đặt địa chỉ mà điện thoại mở được. Xin kỹ thuật viên ghi public_url vào tệp "
        "hailong.toml rồi chạy lại máy chủ.",
        "Nothing is printed without an address that phones can open: set public_url in hailong.toml and "
        "start the server again.",
    ),
    "public-url-wrong": Wording(
        409,
        "Chưa in được: địa chỉ {address} hiện không ai mở được. Xin kỹ thuật viên sửa public_url trong tệp "
        "hailong.toml cho đúng địa chỉ và cổng (máy chủ này chạy ở {served}) rồi chạy lại máy chủ.",
        "Nothing is printed with {address}: this server does not answer there, so nobody could open it. Set "
        "public_url in hailong.toml to the address that phones open (this server's own port is {served}), "
        "and start the server again.",
    ),
    "public-broker-wrong": Wording(
        409,
        "Chưa ghép được máy: địa chỉ {address} để máy gửi đánh giá hiện không ai mở được. Xin kỹ thuật viên "
        "xem máy chủ MQTT ở đó có chạy không; nếu sai địa chỉ, sửa public_broker trong tệp hailong.toml (máy "
        "chủ này dùng {served}) rồi chạy lại máy chủ.",
        "No device is given {address}: no broker answers there, so none could send anything. See that it "
        "runs; where the address is wrong, set public_broker in hailong.toml to the one that devices open "
        "(this server uses {served}), and start the server again.",
    ),
    "bad-sheets": Wording(
        422,
        "Mỗi lần in được từ 1 đến {most} tờ phiếu.",
        "Print 1 to {most} sheets at a time.",
    ),
    "slip-needed": Wording(
        403,
        "Khảo sát ở đây dùng phiếu riêng cho từng lượt. Xin nhận phiếu tại quầy rồi quét mã trên phiếu.",
        "Each visit has a slip of its own here. Please ask for one at the desk and scan its code.",
    ),
    "slip-unknown": Wording(
        404,
        "Không có phiếu nào mang mã này. Xin xem lại từng chữ, hoặc nhận phiếu khác tại quầy.",
        "No slip has this code. Please check its letters, or ask for another slip at the desk.",
    ),
    "slip-used": Wording(
        409,
        "Phiếu này đã dùng rồi. Mỗi phiếu đánh giá được một lần.",
        "This slip was used already. Each slip is good for one rating.",
    ),
    "too-many-slips": Wording(
        429,
        "Có quá nhiều mã phiếu không đúng từ mạng này. Xin thử lại sau {minutes} phút, hoặc hỏi tại quầy.",
        "Too many slips from this network were unknown. Try again in {minutes} minutes, or ask at the desk.",
    ),
    "form-forged": Wording(
        422,
        "Chưa gửi được vì trang này không dùng được nữa. Xin xem lại rồi bấm gửi một lần nữa.",
        "Not sent, because this page can no longer be used. Please look it over and send it once more.",
    ),
    "form-expired": Wording(
        422,
        "Chưa gửi được vì trang mở đã lâu. Xin xem lại rồi bấm gửi một lần nữa.",
        "Not sent, because the page was opened long ago. Please look it over and send it once more.",
    ),
    "form-empty": Wording(422, "Xin chọn một khuôn mặt.", "Please choose a face."),
    "form-nothing": Wording(422, "Xin trả lời ít nhất một câu.", "Please answer one question at least."),
    "form-bad": Wording(
        422,
        "Chưa gửi được vì có câu trả lời không nằm trong các lựa chọn. Xin chọn lại.",
        "Not sent, because one answer is none of the choices. Please choose again.",
    ),
    "form-conflict": Wording(
        409,
        "Đánh giá trước của quý vị đã được ghi nhận. Mỗi lượt tính một lần; lần gửi này không đổi gì.",
        "Your earlier rating was recorded. Each visit counts once, so sending again has changed nothing.",
    ),
    "letter-conflict": Wording(
        409,
        "Lần trước đã đến nhà trường. Lần này chưa gửi: bấm gửi lần nữa nếu quý vị muốn gửi thêm.",
        "What you sent before has reached the school. This is not sent yet: send it once more to add it.",
    ),
    "too-many-answers": Wording(
        429,
        "Đang có quá nhiều lượt gửi. Câu trả lời vẫn còn trên trang này; xin gửi lại sau {minutes} phút.",
        "Too much is being sent just now. Your answers stay on this page; send again in {minutes} minutes.",
    ),
    "complaints-closed": Wording(
        409,
        "Trường chưa nhận góp ý, phản ánh qua mạng. Xin gặp cán bộ tại quầy. Việc về hiệu trưởng: gửi "
        "Chủ tịch Ủy ban nhân dân xã, phường (trường THPT: Giám đốc Sở Giáo dục và Đào tạo).",
        "The school does not take complaints online yet. Please ask at the desk. What concerns the principal "
        "goes to the chair of the People’s Committee of the commune or ward.",
    ),
    "principal-would-read": Wording(
        409,
        "Chưa gửi: hiện ngoài hiệu trưởng chưa ai đọc được việc về hiệu trưởng. Xin gửi đến {to}; hoặc bỏ "
        "dấu rồi gửi, khi đó hiệu trưởng có thể đọc.",
        "Not sent: nobody but the principal could read what is about the principal. Please turn to {to}; or "
        "take the tick away and send, and the principal may read it.",
    ),
    "complaint-advice": Wording(
        422, "Trước khi gửi, xin quý vị đọc phần dưới đây.", "Before you send, please read what follows."
    ),
    "contact-too-long": Wording(
        422,
        "Họ tên hoặc liên lạc dài quá {most} ký tự. Xin viết ngắn lại; chưa có gì được gửi đi.",
        "The name or contact is longer than {most} characters. Shorten it; nothing was sent yet.",
    ),
    "contact-without-consent": Wording(
        422,
        "Để lại liên lạc thì xin đánh dấu vào ô đồng ý; không muốn thì xin xóa tên và số điện thoại.",
        "To leave your contact, please tick the box of consent; else clear the name and number.",
    ),
    "bad-hours": Wording(
        422,
        "Xin ghi giờ mở cửa trước giờ đóng cửa, ví dụ 05:30-19:30; mở cả ngày thì ghi 00:00-24:00.",
        "Give the hour of opening before that of closing, as in 05:30-19:30; always open is 00:00-24:00.",
    ),
    "label-not-yours": Wording(
        403,
        "Chỉ hiệu trưởng và phó hiệu trưởng được tính lại hoặc bỏ không tính một lượt đánh giá.",
        "Only the principal and the deputy may return a rating to the count or leave it out.",
    ),
    "unknown-label": Wording(
        422,
        "Không có nhãn “{label}”. Xin chọn một trong: {known}.",
        "There is no label '{label}'. Choose one of: {known}.",
    ),
    "label-note-missing": Wording(
        422,
        "Xin ghi lý do không tính các lượt này.",
        "Please write down why these are left out.",
    ),
    "label-note-long": Wording(
        422,
        "Lý do dài quá {most} ký tự. Xin viết ngắn hơn.",
        "The reason is longer than {most} characters. Please shorten it.",
    ),
    "nothing-chosen": Wording(
        422,
        "Chưa chọn lượt nào. Xin đánh dấu ít nhất một lượt.",
        "No rating is chosen. Tick at least one.",
    ),
    "unknown-answer": Wording(
        404,
        "Không có lượt đánh giá này ở trường. Xin tải lại trang.",
        "The school has no such rating. Reload the page.",
    ),
    "label-moved-on": Wording(
        409,
        "Một người khác vừa đổi nhãn của lượt đã chọn, nên chưa đổi gì. Xin xem lại ở dưới rồi chọn lại.",
        "Somebody else has just labelled one of these, so nothing was changed. Look again, then choose anew.",
    ),
}


STORE_TROUBLES = frozenset(
    {"store-read-only", "store-unopenable", "disk-full", "store-io", "store-damaged", "not-a-store",
     "store-busy"}
)  # fmt: skip
"""Problems of the database or its disk: while they last no page can count on reading anything."""


class Clash(Exception):  # noqa: N818 - it may be quite in order
    """A row to be inserted is there already."""


class Problem(Exception):  # noqa: N818 - a problem is not always an error of the program
    """Something that a person has to hear about, by its code in `PROBLEMS`."""

    def __init__(self, code: str, **values: object) -> None:
        """`values` fill the places of the code's sentence."""
        self.code = code
        self.values = values
        super().__init__(self.sentence("en"))

    def sentence(self, lang: str = "vi") -> str:
        """What a person reads."""
        wording = PROBLEMS[self.code]
        return (wording.vi if lang == "vi" else wording.en).format(**self.values)

    @property
    def status(self) -> int:
        """The HTTP status that fits."""
        return PROBLEMS[self.code].status
