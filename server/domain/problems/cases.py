"""Problems of complaints and petitions at the desk."""

from server.domain.problems.wording import Wording

PROBLEMS = {
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
    "unknown-case": Wording(
        404,
        "Không có hồ sơ mang số này.",
        "There is no case of this number.",
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
}
