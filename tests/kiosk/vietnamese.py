"""Vietnamese as people write it, typed by hand: words with every onset and rhyme, and what parents write."""

from __future__ import annotations

WORDS = """
a à á ạ ả ai ái am ám an án anh ánh ao áo áp ảnh ăn âm ấm ân ấn âu ấy ắt ẩn ba bà bác bài bạn ban bảng báo
bảo bày bát băng bằng bắt bẩn bận bậc bấy bé bên bệnh bếp bị biên biết biển biểu bìa binh bình bò bỏ bóng
bồi bộ bổ bởi bơ bù buổi buồn buồng bước bươm bướm bướu bưởi bút bụi ca cá các cách cái cảm cảnh cao cặp
căng cắt cần cầm cậu câu cây cấp che chè chép chế chậm chất chào chảy chạy chăm chẳng chắc chị chia chiêm
chiếc chiều chiến chín chính cho chó chọn chỗ chồng chờ chợ chơi chở chủ chú chua chuẩn chuyên chuyến
chuyện chuyển chữ chưa chứa chứng chữa chịu chuồn chuối chuông con còn cô cố cỏ có công cộng cơ cờ cỡ cơm
cũ cùng cũng của cúi cuộc cuối cuốn cuống cửa cứu cười cưới cướp cương cường da dạ dài dạy danh dành dám
dân dần dẫn dầu dấu dây dậy dì dịch diện diễn diều diệu do dọc dòng dù dùng dung dưa dưới dương dường dữ
duyên duyệt duy đa đá đã đang đánh đáp đạo đạt đau đầu đây đấy đậu đẩy đất đặc đặt đăng đắng đằng đem đen
đèn đẹp đến đêm đếm đều đề để đi đĩa điểm điên điện điều định đó đoàn đoán đoạn đọc đôi đổi đối đồi đồng
động đông đơn đón đủ đúng đưa đứa đứng đức được đường đũa đuổi đuôi em én ép ê ếch êm gà gác gái gan gần
gấp gặp gắn gây ghé ghế ghét ghê ghi ghen gì già giá giác giải giảm gian giản giáo giàu giày giao giấy
giây giặt giết giêng giếng giờ giỏi giọng giống giới gió giữ giữa giúp giục giường giương gìn gia giòn gỗ
góc gói gọi gom góp gốc gồm gửi gừng gươm gương gượng guồng hai hài hái hại hàng hành hạnh hào hãy hay hạn
hát hắn hằng hấp hẹn hết hệ hè hẹp hiểm hiền hiện hiệu hiểu hiếu hình hoa hòa hóa họa hoài hoàn hoạch hoạt
hoang hoàng hoảng hoặc hoằng hoẵng học hỏi hỏng hòn hồ hộ hồi hội hơi hở hợp hơn hơ huân huấn huệ huênh
hung hùng huơ huỳnh huyên huyện huyền huyết huýt hút hư hữu hứa hưng hương hướng hươu hưởng hy ích im in
ít ỉu kém kẻ kẹo kèm kéo kê kế kết kể kênh kêu kì kỳ kỹ ký kĩ kiêm kiểm kiến kiên kiện kiếng kiệt kiểu
kiểng kim kín kính kha khá khác khách khai khảo khát khăn khắc khẩn khấu khẩu khéo khen khép khế khi khiếu
khiển khiến khó khoa khỏa khoai khoan khoản khoang khoảng khoáng khoanh khoảnh khóa khoác khoắng khoét
khoe khỏe khỏi khô không khổ khối khởi khu khuân khuây khuấy khúc khuê khuếch khui khung khuôn khuya
khuyên khuyến khuyết khuyển khuỷu khuỵu khử khứ khướu la là lá lạ lai lại làm lành lãnh lao lạnh lắm lăng
lặng lâm lần lẫn lấy lâu lẻ lẽ lệ lên lễ lì lịch liên liền liệt liệu liều lìa linh lo lò loa lòa loài loại
loan loạn loang loãng loạt loay loắt loe loét lòng lóng lộ lỗi lộn lời lớn lợi lớp luân luận luật lúa lúc
lũ lụt lũy luồn luôn luống luồng luyến luyện lư lưng lửa lữ lựa lực lượng lươn lương lười lưới lướt lưỡi
lưu lừa lý má mà mạ mai mãi màn mạng mang mạnh mày máy màu máu mặc mắt mặt mẫu mất mấy mây mẹ mẻ mềm mê
mệnh mệt mỉa miền miệng miếng miễn miêu mình minh mong móc mọi mỏi môi mỗi môn một mở mời mới mợ mù mua
mùa mũi mũ mục mười mươi mượn mướt mương mưa mừng mức mực mứt mỳ mỹ mưu nam năm nắm nắng nặng này nay não
nâng nấu nẫu nên nền nếu nến nghe nghé nghẹn nghề nghệ nghĩ nghỉ nghĩa nghiêm nghiêng nghiên nghiện nghiệp
nghiệm ngoài ngoan ngoảnh ngoạn ngoằn ngoèo ngoẻo ngoắt ngoặc ngoạm ngỏ ngõ ngọc ngon ngồi ngôi ngờ ngờm
ngơ nguội nguôi nguồn nguyên nguyện nguyền nguyệt nguẩy ngủ ngũ ngươi người ngưỡng ngượng ngừng ngược ngựa
nhà nhạc nhân nhận nhanh nhánh nhau nhắc nhằm nhặt nhập nhất nhẹ nhé nhìn nhiều nhiệm nhiệt nho nhỏ nhóm
nhọn nhoài nhoáng nhoẻn nhổ nhớ nhờ như nhưng nhựa những nhuần nhuận nhuyễn nhuộm nhường nhượng nhiễu niềm
niên nó nói nón nóng nổi nỗi nội nông nộp nơi nợ nở nửa núi nước nữ nữa nứa nướng nuôi nuốt nương o ó oai
oan oán oách oanh oành oằn om ong ò ôi ôm ôn ông ồn ổn ố ơi ơn ở ớn phát phải phản pháp phạm phạt phảng
phanh phần phấn phân phẩm phép phê phí phía phiên phiếu phiền phim phó phòng phỏng phong phố phổi phù phục
phút phụ phụng phương phường phượng phức phước phở phơi phủ phũ phớ pin qua quá quà quả quạ quai quái quan
quán quang quảng quanh quào quát quạt quay quảy quăng quẳng quặng quắp quân quần quấn quận quây quẩy quấy
quầy que quẻ quen quên quét quế quệt quều quơ quờ quy quý quỳ quỷ quỹ quyên quyền quyển quyến quyết quyệt
quýt quỵt quỳnh quốc quỵ quắc quặp quẫn quất quẹt quít quạnh ra rà rau rảnh ráo rạng rằng rắn rất rẻ rèm
rét rễ rề riêng rõ ròng rồi rỗi rộng rơi rời rủi rùa ruộng ruột ruồi rực rừng rửa rượu rưỡi rướn sá sạch
sai sách sàn sáng sao sau sắc sắm sắp sẵn sâu sân sẽ sen séc sẻ sĩ siêng siêu sinh so sóc soạn soát song
sông sống số sổ sợ sớm sở sửa suất suốt suối sung súng suy suýt sức sứ sự sưởi sương sướng sườn ta tả tạ
tài tại tải tạm tàn tan tang tạp tàu tay táo tắm tắt tăng tặng tầm tâm tầng tập tất tấm tận tây tẩy té tem
tên tế tết tét tệ tì tỉ tỉnh tin tìm tiền tiếc tiên tiện tiến tiếng tiếp tiết tiệt tiêu tiểu tiêm toa tòa
tỏa toán toàn toại toạc toang toát toét to tôi tối tội tổ tôm tốn tốt tổng tờ tới tơ từ tử tự tua tuân
tuần tuấn tuất túi tuổi tuồn tuông tuốt tuy túy tuyên tuyến tuyển tuyết tuyệt tuyn tuýp tuế tuệ tuềnh tư
tức từng tương tướng tượng tường tươi tươm tưới tựu tốc tác thả thái thải tham thạch thành thanh tháng
thao tháo thảo thay thấy thầy thân thật thắc thắng thẳng thẻ theo thép thế thề thể thêm thết thì thi thia
thiết thiếu thiện thiệp thiệt thỏ thọ thoa thỏa thoái thoải thoại thoáng thoảng thoát thoắt thọc thôi thối
thông thống thổ thờ thơ thời thợ thở thủ thủy thua thuần thuận thuật thuê thuế thuốc thuộc thuở thụy
thuyên thuyền thuyết thư thứ thử thừa thực thức thưa thường thương thưởng thước thượng trả trà trách trai
trái tràn trang trạng tranh tránh trao trắc trắng trẻ trên trễ trị triển triệu trĩu triết trình trò trong
trọng tròn trống trộm trồng trời trở trơn trú trung trùng truân truyền truyện truy trữ trước trường trưởng
trực trừ trứng trưa trườn u ù ủa uân uất ung ủng úp uốn uống uy ủy uyên uyển uể uế ư ưa ưu ương ước ướt
ưng ứng ưỡn ườn va và vai vài vàng vào văn vắng vẫn vận vấn vật vậy vẽ vé về vệ vết vì vị vỉa việc viên
viện viết việt viếng vinh vốn vội vợ với vở vơi vỡ vùi vui vũ vuông vườn vương vượt vướng vừa vụ vượng xa
xá xã xác xanh xào xảy xăng xấu xây xe xé xem xen xét xếp xỉu xin xinh xiết xoa xóa xoài xoan xoàn xoang
xoáy xoay xoắn xoăn xoe xòe xong xóm xót xô xôi xốc xuân xuất xui xuống xuôi xuồng xuề xuyên xuyến xuyết
xưa xứng xử xương xướng xưởng xưng y ý yếm yên yêng yểng yết yêu yếu
"""

HARD = """
nguyên quyển khuyết truyện tuyệt duyệt xuyên luyện chuyển huyền
hoang khoảng loáng toang choáng xoàng thoảng hoàng quang quảng
ngoằn hoẵng xoắn thoăn loằng khoắng oằn ngoắt hoặc hoắt
xuân tuần luận huấn nhuận khuân chuẩn thuật luật xuất
mười người tươi lưới cưới lười rưỡi bưởi mươi sưởi
tuổi muối chuối buổi cuối đuổi nuôi suối nguội xuôi
chiều nhiều hiểu phiếu tiêu điều liệu thiếu siêu kiểu
yêu yếu yểu hoài ngoài thoải khoai loại xoài oai toại
xoay xoáy loay ngoáy hoáy khuây khuấy nguẩy quây quẩy
khuya khuỷu khuỵu huơ thuở ngoèo ngoẻo khoèo rượu hươu bướu
quốc quý giữ gìn giếng giường khỏe hòa thủy huệ thuế
"""

# Words whose tone stands elsewhere in the new style: (old, new).
STYLED = [
    ("hòa", "hoà"),
    ("hóa", "hoá"),
    ("tòa", "toà"),
    ("xóa", "xoá"),
    ("khóa", "khoá"),
    ("thỏa", "thoả"),
    ("họa", "hoạ"),
    ("lõa", "loã"),
    ("khỏe", "khoẻ"),
    ("xòe", "xoè"),
    ("ọe", "oẹ"),
    ("lóe", "loé"),
    ("nhòe", "nhoè"),
    ("thủy", "thuỷ"),
    ("lũy", "luỹ"),
    ("tùy", "tuỳ"),
    ("ủy", "uỷ"),
    ("hủy", "huỷ"),
    ("thúy", "thuý"),
    ("thụy", "thuỵ"),
    ("suy", "suy"),
    ("HÒA", "HOÀ"),
    ("Thủy", "Thuỷ"),
    # The same in both: another rhyme, or the u and i of qu and gi.
    ("quý", "quý"),
    ("quỹ", "quỹ"),
    ("già", "già"),
    ("giò", "giò"),
    ("hoàn", "hoàn"),
    ("hoài", "hoài"),
    ("toán", "toán"),
    ("xoáy", "xoáy"),
    ("ngoèo", "ngoèo"),
    ("huỳnh", "huỳnh"),
    ("suýt", "suýt"),
    ("khuỷu", "khuỷu"),
    ("của", "của"),
    ("mía", "mía"),
    ("mùi", "mùi"),
    ("lửa", "lửa"),
    ("thuế", "thuế"),
    ("thuở", "thuở"),
    ("quả", "quả"),
    ("quẻ", "quẻ"),
]

SENTENCES = """
Tôi nộp hồ sơ chuyển trường từ ngày 12/5, đã đến trường ba lần nhưng chưa được trả lời.
Mong nhà trường cho biết khi nào có kết quả.
Cô văn thư rất nhiệt tình, hướng dẫn kỹ từng bước.
Tôi phải chờ gần hai tiếng mới đến lượt.
Giấy hẹn ghi ngày 20/6/2026 mà đến nay vẫn chưa có học bạ.
Xin cảm ơn thầy hiệu trưởng và các cô ở phòng tiếp dân!
Vì sao năm nay quỹ lớp thu nhiều hơn năm ngoái?
Đề nghị công khai các khoản thu đầu năm học.
Con tôi học lớp 7, bị bạn trêu chọc nhiều lần.
Gia đình đã gặp cô chủ nhiệm nhưng sự việc chưa được giải quyết.
Bảo vệ không cho phụ huynh vào trường khi trời mưa to.
Nhà vệ sinh tầng hai hỏng đã một tuần, rất mong nhà trường sửa sớm.
Bếp ăn bán trú nên có thêm rau xanh và hoa quả.
Tôi không đồng ý với cách xếp lớp của nhà trường.
Thời gian làm việc ghi trên bảng là 7 giờ 30, nhưng 8 giờ mới mở cửa.
Cán bộ tiếp nhận nói chuyện khó nghe, thiếu tôn trọng người dân.
Hướng dẫn trên trang thông tin chưa rõ, thiếu mẫu đơn xin học lại.
Tôi ở xã Quảng La, đi lại rất xa, mong được nộp hồ sơ qua mạng.
Chúng tôi kính đề nghị quý thầy cô xem xét miễn, giảm học phí cho cháu.
Cháu thuộc hộ cận nghèo, đã nộp đủ giấy tờ theo quy định.
Ông ấy nhận phong bì của phụ huynh lớp khác.
Giấy khai sinh bị ghi sai họ đệm của cháu.
Đường vào cổng trường ngập nước mỗi khi mưa lớn.
Việc thu tiền đồng phục cần được giải thích rõ ràng.
Thủ tục rút hồ sơ nhanh, gọn, không phải đi lại nhiều.
Lời khen của phụ huynh là nguồn động viên lớn đối với chúng tôi.
Buổi họp phụ huynh nên tổ chức vào chiều thứ bảy.
Khuôn viên trường sạch đẹp, cây xanh nhiều, học sinh ngoan.
Quyết định khen thưởng được niêm yết ở đâu?
Tôi muốn hỏi thủ tục xin bản sao bằng tốt nghiệp.
Thầy Nguyễn Văn Thuận dạy rất dễ hiểu.
Em Hoàng Thị Quỳnh Hương nghỉ ốm từ hôm qua.
Phiếu hẹn trả kết quả bị mất thì phải làm thế nào?
Xe đưa đón học sinh thường xuyên đến muộn mười lăm phút.
Kế hoạch ôn thi vào lớp 10 chưa được thông báo.
Trường nên mở cửa thư viện cả buổi trưa.
Đơn của tôi gửi từ tháng trước, mã hồ sơ là 4821.
Có phải đóng thêm khoản tiền nước uống không ạ?
Sân trường thiếu bóng mát, mùa hè rất nóng.
Nhân viên y tế chăm sóc cháu chu đáo, gia đình rất yên tâm.
Tôi kiến nghị lắp thêm đèn ở khu gửi xe.
Học sinh khuyết tật cần lối đi riêng cho xe lăn.
Bữa ăn trưa nguội, khẩu phần ít, các cháu kêu đói.
Khi gọi điện, không ai nhấc máy; tôi gọi năm lần rồi.
Giáo viên dạy thêm ngoài giờ có đúng quy định không?
Chữ ký trên học bạ bị nhòe, xin cấp lại giúp tôi.
Trưởng ban đại diện cha mẹ học sinh chưa báo cáo thu chi.
Bạn tôi ngoằn ngoèo mãi mới tìm được phòng tuyển sinh.
Thuở bé tôi cũng học ở trường này, nay đưa con trở lại.
Cháu thích môn tiếng Việt và khoa học tự nhiên.
Rất hài lòng với cách làm việc của các thầy cô.
Quý vị vui lòng cho biết tình hình giải quyết đơn ngày 3/9.
Lịch nghỉ Tết Nguyên đán năm 2027 khi nào có?
Nguyện vọng của gia đình là được chuyển về lớp cũ.
Mùi hôi từ rãnh nước sau dãy nhà B rất khó chịu.
Xin đừng gọi điện, chỉ cần trả lời bằng tin nhắn.
Quầy số 2 hay đóng cửa sớm, ai đến sau bốn giờ đều phải về.
Kính mong được xem xét; tôi xin chân thành cảm ơn.
Cháu bị ngã ở cầu thang, khuỷu tay sưng to.
Vé xe buýt tháng mua ở đâu, giá bao nhiêu?
""".strip().splitlines()
