"""Problems of devices: their settings, claim codes, feedback points and slips."""

from server.domain.problems.wording import Wording

PROBLEMS = {
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
    "enrol-insecure": Wording(
        403,
        "Chỉ ghép máy qua HTTPS. Xin chạy “hailong tls make” trên máy chủ, rồi dùng địa chỉ https://.",
        "Devices enrol over HTTPS alone. Run 'hailong tls make' on the server and use its https:// address.",
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
    "unknown-point": Wording(
        404,
        "Địa chỉ này không có khảo sát nào. Xin quét lại mã, hoặc hỏi cán bộ tại quầy.",
        "There is no survey at this address. Please scan the code again, or ask at the desk.",
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
    "bad-sheets": Wording(
        422,
        "Mỗi lần in được từ 1 đến {most} tờ phiếu.",
        "Print 1 to {most} sheets at a time.",
    ),
}
